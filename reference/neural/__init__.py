"""The official baseline's architecture as a recipe: BYOL-A and RoBERTa through a BiLSTM, in today's
PyTorch.

Section 2.4 of the XACLE paper and the organisers' repository
(XACLE-Challenge/the_first_XACLE_challenge_baseline_model) describe it. Needs the extra
``[neural]``; nothing else of the project imports torch.
"""
