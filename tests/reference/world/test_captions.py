"""Captions describe exactly the given events."""

from __future__ import annotations

import re
from itertools import chain

import pytest

from reference.world.captions import CLAUSES, DISTANCES, NOUNS, Caption, Described, write
from reference.world.events import KINDS
from reference.world.recipe import SPLITS, plan_pair
from reference.world.streams import Stream

# Words that identify each kind, listed independently of the wordings.
SIGNS = {
    "rain": r"\brain(ing)?\b",
    "wind": r"\bwind\b",
    "thunder": r"\bthunder\b",
    "waves": r"\bwaves\b",
    "water drops": r"\bwater\b",
    "engine": r"\bengine\b",
    "helicopter": r"\bhelicopter\b",
    "vacuum cleaner": r"\bvacuum",
    "siren": r"\bsiren\b",
    "alarm": r"\balarm\b",
    "train horn": r"\btrain\b",
    "telephone": r"phone\b",
    "bell": r"\bbell\b",
    "birds": r"\bbirds\b",
    "dog": r"\bdog\b",
    "crickets": r"\bcrickets\b",
    "footsteps": r"\bfootsteps\b|\bwalks\b",
    "knock": r"\bknock",
    "clock": r"\bclock\b",
    "typing": r"\btyp(es|ing)\b|\bkeyboard keys\b",
}
TOGETHER = r" while | as | at the same time | together with | along with | accompanied by "
AFTERWARDS = r" followed by | then | before | afterwards | finally "
FAR = r" in the distance| far away"


def told(text: str) -> list[str]:
    """Return the kinds mentioned in a text, in order of their first mention."""
    places = {
        kind: match.start()
        for kind, sign in SIGNS.items()
        if (match := re.search(sign, text.lower()))
    }
    return sorted(places, key=lambda kind: places[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_each_wording_mentions_only_its_kind(kind: str) -> None:
    """Every kind has several wordings, and each contains only the sign of its own kind."""
    wordings = [*CLAUSES[kind], *NOUNS[kind]]
    assert len(set(CLAUSES[kind])) >= 4
    assert len(set(NOUNS[kind])) >= 3
    assert [told(words) for words in wordings] == [[kind]] * len(wordings)


def test_captions_mention_exactly_the_described_events_in_their_order() -> None:
    """In 600 captions of all lengths, exactly the described kinds are mentioned, in order."""
    pairs = [plan_pair(1, SPLITS[0], index) for index in range(600)]
    for pair in pairs:
        assert told(pair.text) == [event.kind for event in pair.caption.events], pair.text
    assert {len(pair.caption.events) for pair in pairs} == {1, 2, 3}
    assert {event.kind for pair in pairs for event in pair.caption.events} == set(KINDS)


def test_captions_contain_exactly_the_relations() -> None:
    """Words for simultaneous, later and distant events occur exactly where intended."""
    for index in range(600):
        pair = plan_pair(2, SPLITS[0], index)
        text = f" {pair.text} "
        assert bool(re.search(TOGETHER, text)) == any(
            len(group) > 1 for group in pair.caption.groups
        ), text
        assert bool(re.search(AFTERWARDS, text)) == (len(pair.caption.groups) > 1), text
        assert len(re.findall(FAR, text)) == sum(event.distant for event in pair.caption.events), (
            text
        )


def test_distant_events_are_not_described_as_loud() -> None:
    """A distant event is never described with a word of loudness or nearness."""
    stream = Stream(3, 1)
    for kind in KINDS * 8:
        text = write(Caption(((Described(kind, distant=True),),)), stream)
        assert not re.search(r"loud|heav|strong|large|overhead|blar|roar", text), text


def test_captions_read_as_sentences() -> None:
    """Captions begin with a capital and have no double spaces, stray commas or placeholders."""
    for index in range(300):
        text = plan_pair(3, SPLITS[0], index).text
        assert re.fullmatch(r"[A-Z][A-Za-z]*(,? [A-Za-z]+)*", text), text


def test_one_meaning_has_many_wordings() -> None:
    """The same two events with the same relation are described in dozens of ways."""
    caption = Caption(((Described("dog"), Described("rain", distant=True)),))
    stream = Stream(4, 1)
    texts = {write(caption, stream) for _ in range(400)}
    assert len(texts) > 100
    assert all(any(far in text for far in DISTANCES) for text in texts)


def test_wordings_cover_the_kinds() -> None:
    """Captions can describe every kind of sound and no others."""
    assert set(CLAUSES) == set(NOUNS) == set(KINDS) == set(SIGNS)
    assert len(KINDS) >= 16
    assert len(set(chain(*CLAUSES.values()))) == sum(map(len, CLAUSES.values()))
