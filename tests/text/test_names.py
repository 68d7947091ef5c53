"""Names of authors: lists in one text, order, keys."""

import pytest

from paperlake.text.names import name_key, natural_order, split_names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ada Lovelace", ["Ada Lovelace"]),
        ("Ada Lovelace, Charles Babbage", ["Ada Lovelace", "Charles Babbage"]),
        ("A. Lovelace, C. Babbage, and G. Boole.", ["A. Lovelace", "C. Babbage", "G. Boole"]),
        ("Lovelace, Ada", ["Ada Lovelace"]),
        ("van der Berg, Jan", ["Jan van der Berg"]),
        ("van der Berg, Jean-Pierre", ["Jean-Pierre van der Berg"]),
        ("Brown, José María", ["José María Brown"]),
        ("Hopper, Grace B.", ["Grace B. Hopper"]),
        ("Hopper G, Brown J.", ["G Hopper", "J Brown"]),
        ("Lovelace, Ada and Babbage, Charles", ["Ada Lovelace", "Charles Babbage"]),
        ("Knuth, Donald E.; van Rossum, G.", ["Donald E. Knuth", "G. van Rossum"]),
        ("Lovelace, A., Babbage, C.", ["A. Lovelace", "C. Babbage"]),
        ("Lovelace, Ada, Babbage, Charles", ["Ada Lovelace", "Charles Babbage"]),
        ("Lovelace AK, Babbage C", ["AK Lovelace", "C Babbage"]),
        ("John Smith, Jr., Ada Lovelace", ["John Smith Jr.", "Ada Lovelace"]),
        ("A. Lovelace (1 and 2), C. Babbage [3]", ["A. Lovelace", "C. Babbage"]),
        ("A. Lovelace (1, 2), C. Babbage ((1) Turin, (2) Bari)", ["A. Lovelace", "C. Babbage"]),
        ("Ada Lovelace et al.", ["Ada Lovelace"]),
        ("Lovelace, Ada and others", ["Ada Lovelace"]),
        ("李明, 王伟", ["李明", "王伟"]),
        ("OpenAI", ["OpenAI"]),
        (" ,; 7", None),
        ("", None),
        (None, None),
    ],
)
def test_authors_in_one_text(text, names):
    assert split_names(text) == names


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada King Lovelace", "Lovelace, A. K."),
        ("Élie Cartan", "E. Cartan"),
        ("Jean-Pierre Serre", "Serre JP"),
        ("Ludwig van Beethoven", "van Beethoven, Ludwig"),
        ("John Smith Jr.", "Smith, Jr., John"),
        ("Timothy Berners-Lee", "Berners-Lee, T."),
    ],
)
def test_spellings_of_one_name_have_one_key(one, other):
    assert name_key(one) == name_key(other)


def test_keys_of_unusual_names():
    assert name_key("李明") == "李明"
    assert name_key("Plato") == "plato"
    assert name_key("1 2 3") is None
    assert natural_order("DNA Lab") == "DNA Lab"
