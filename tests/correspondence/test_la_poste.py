"""Numbers of registered letters, as one copies them from the label."""

import pytest

from casetrack.correspondence.la_poste import registered_number
from casetrack.errors import InvalidInput


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("1A 234 567 8901 2", "1A 234 567 8901 2"),
        ("1a23456789012", "1A 234 567 8901 2"),
        (" 2C-123.456 78901 ", "2C 123 456 7890 1"),
        ("rr123456789fr", "RR 123 456 789 FR"),
        ("RR 123 456 789 FR", "RR 123 456 789 FR"),
        ("871 000 123 456 78", "87100012345678"),
        ("abc 123", "ABC 123"),  # a private carrier's, perhaps
        ("  ", ""),
    ],
)
def test_a_number_is_written_in_one_way(typed, kept):
    assert registered_number(typed) == kept


@pytest.mark.parametrize(
    "typed", ["ABC123 bad !", "1A 234 567 8901 ²", "é123", "RECOMMANDE", "1A_234", "<1>"]
)
def test_signs_that_no_label_has_are_refused(typed):
    with pytest.raises(InvalidInput, match="registered_number"):
        registered_number(typed)
