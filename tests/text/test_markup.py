"""Tags leave, mathematics stays."""

import pytest

from paperlake.text.markup import strip_tags


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("<jats:p>We measure CO<jats:sub>2</jats:sub>.</jats:p>", "\n\nWe measure CO2.\n\n"),
        ("<h4>Aims</h4>To know &amp; tell", "\n\nAims\n\nTo know & tell"),
        ('a <a href="https://example.org/x">link</a>', "a link"),
        ("if x<i and i>y then", "if x<i and i>y then"),
        ("p &lt; 0.05", "p < 0.05"),
        ("the token <s> and </s>, <mask>", "the token <s> and </s>, <mask>"),
        ("R&D costs 3 & more; AT&T", "R&D costs 3 & more; AT&T"),
        ("<mml:math><mml:mi>x</mml:mi></mml:math>", "x"),
    ],
)
def test_known_tags_are_removed(text, plain):
    assert strip_tags(text) == plain
