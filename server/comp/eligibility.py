"""Which deals a component credits: by kind and by product. A deal that matches every stated list counts."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from server.comp.history import Book, Deal
from server.comp.problems import Problem
from server.comp.reading import Fields
from server.comp.wording import Listing, Sentence, say

KINDS = ("new", "expansion", "renewal")


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Lists of words per attribute; an empty list lets every deal through."""

    kinds: tuple[str, ...] = ()
    products: tuple[str, ...] = ()

    def admits(self, deal: Deal) -> bool:
        """Say whether a deal counts."""
        return (not self.kinds or deal.kind in self.kinds) and (not self.products or deal.product in self.products)

    def mask(self, book: Book) -> npt.NDArray[np.bool_]:
        """Say for each deal (n,) whether it counts."""
        admitted = np.ones(book.arr.shape, dtype=np.bool_)
        if self.kinds:
            admitted &= np.isin(book.kind, [book.code("kind", word) for word in self.kinds])
        if self.products:
            admitted &= np.isin(book.product, [book.code("product", word) for word in self.products])
        return admitted

    def sentence(self) -> Sentence:
        """Say which deals count."""
        if self.kinds and self.products:
            return say("{kinds} deals of {products} count.", kinds=Listing(self.kinds), products=Listing(self.products))
        if self.kinds:
            return say("Deals of these kinds count: {kinds}.", kinds=Listing(self.kinds))
        if self.products:
            return say("Deals of these products count: {products}.", products=Listing(self.products))
        return say("Every deal counts.")


def read(fields: Fields | None) -> Eligibility:
    """Read `where: {kind: [...], product: [...]}`."""
    if fields is None:
        return Eligibility()
    kinds, products = fields.texts("kind"), fields.texts("product")
    fields.finish()
    for word in kinds:
        if word not in KINDS:
            fields.problems.append(
                Problem(fields.line, word, say("This is not one of: {choices}.", choices=Listing(KINDS)))
            )
    return Eligibility(kinds, products)
