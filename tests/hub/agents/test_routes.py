"""Ids in paths become placeholders; words do not."""

import pytest

from hub.agents.routes import route


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/", "/"),
        ("/checkout", "/checkout"),
        ("/orders/20491/items", "/orders/:id/items"),
        ("/u/6f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0", "/u/:id"),
        ("/commit/9fceb02d0ae598e95dc970b74767f19372d61af8", "/commit/:id"),
        ("/t/aB3dE5fG7hI9jK1lM3", "/t/:id"),
        ("/p/order-20491", "/p/:id"),
        ("/products/iphone-15", "/products/iphone-15"),
        ("/products/a-very-long-product-name", "/products/a-very-long-product-name"),
        ("/2024/news", "/:id/news"),
        ("/search?q=[text]&page=2", "/search?q=[text]&page=2"),
        ("", ""),
    ],
)
def test_route(path: str, wanted: str) -> None:
    """Equal pages count together."""
    assert route(path) == wanted
