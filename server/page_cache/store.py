"""The pages that are cached, up to a number of bytes; the least recently used go first."""

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from threading import Lock

from cachetools import LRUCache

from server.page_cache.placeholders import fill, size_of, split_placeholders

MAX_BYTES = 24 * 1024 * 1024
"""Limit of all cached pages together."""


class CachedPage:
    """A page for everyone in a role, with placeholders."""

    __slots__ = ("parts", "size")

    def __init__(self, text: str) -> None:
        self.parts = split_placeholders(text)
        self.size = size_of(self.parts)

    def fill(self, texts: Mapping[str, bytes], true_names: Collection[str] = ()) -> bytes:
        """Return the page of one reader."""
        return fill(self.parts, texts, true_names)


class PageCache:
    """Cached pages by key. Safe to use from several threads; a page may be rendered twice at once."""

    def __init__(self, most: int = MAX_BYTES) -> None:
        self._pages: LRUCache[Hashable, CachedPage] = LRUCache(most, getsizeof=lambda page: page.size)
        self._lock = Lock()

    def __iter__(self) -> Iterator[CachedPage]:
        with self._lock:
            return iter(list(self._pages.values()))

    def get(self, key: Hashable, render: Callable[[], str]) -> CachedPage:
        """Return the page of a key, rendered if it is not cached; one larger than the cache is not cached."""
        with self._lock:
            page = self._pages.get(key)
        if page is not None:
            return page
        page = CachedPage(render())
        with self._lock:
            if page.size <= self._pages.maxsize:
                self._pages[key] = page
        return page
