"""A bounded cache never holds more than its bound, and drops what was asked for longest ago."""

from paperlake.bounded_cache import BoundedCache


def test_the_value_asked_for_longest_ago_is_dropped() -> None:
    cache: BoundedCache[str, int] = BoundedCache(2)
    cache.put("one", 1)
    cache.put("two", 2)
    assert cache.get("one") == 1
    cache.put("three", 3)
    assert [cache.get(key) for key in ("one", "two", "three")] == [1, None, 3]


def test_sizes_are_summed_and_a_value_too_large_is_not_kept() -> None:
    cache: BoundedCache[str, bytes] = BoundedCache(10, len)
    cache.put("one", b"12345")
    cache.put("two", b"1234")
    cache.put("two", b"12345")
    assert cache.size == 10
    cache.put("large", b"12345678901")
    assert cache.get("large") is None
    cache.put("three", b"1")
    assert cache.size == 6
    assert cache.get("one") is None
    cache.clear()
    assert cache.size == 0
    assert cache.get("two") is None
