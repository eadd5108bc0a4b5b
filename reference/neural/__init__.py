"""The architecture of the official baseline in current PyTorch: BYOL-A, RoBERTa and a BiLSTM.

It is described in section 2.4 of the XACLE paper and in the organisers' repository
(XACLE-Challenge/the_first_XACLE_challenge_baseline_model). It requires the extra ``[neural]``;
no other part of the project imports torch.
"""
