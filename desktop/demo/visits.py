"""
What the shop's visitors go through: three ways through it, drawn at random.

Some are content; some meet the broken gift card button, some stop over Pay.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable

from desktop.demo.visitor import Acknowledge, Element, Target, Visitor

Walk = Callable[[Visitor, Callable[[float], Awaitable[None]]], Awaitable[None]]

ANSWERS = 0.6
"""Share of those asked who tap."""

ADD = Element("a.buy", "add-to-bag")
CHECKOUT = Element("a.buy", "checkout")
CONTINUE = Element("button#continue", "continue")
PAY = Element("button#pay", "pay")
APPLY = Element("button#apply", "apply-gift-card")
PICTURE = Element("main>div", "picture")
"""The shop's elements, as the widget names them."""


async def content(visitor: Visitor, pause: Callable[[float], Awaitable[None]]) -> None:
    """Buys without a hitch."""
    for page, element in (("/product", ADD), ("/cart", CHECKOUT), ("/checkout", CONTINUE)):
        visitor.go(page)
        visitor.signal("scroll", depth=visitor.random.randint(30, 100))
        await pause(1.0)
        visitor.click(element)
        await visitor.flush()
    visitor.click(PAY)
    visitor.go("/thanks")
    if visitor.random.random() < 0.5:
        visitor.signal("prompt", phase="shown", rule="page")
        if visitor.random.random() < ANSWERS:
            visitor.tap("thumbs_up")
        else:
            visitor.signal("prompt", phase="expired", rule="page")
    await visitor.flush()


async def annoyed(visitor: Visitor, pause: Callable[[float], Awaitable[None]]) -> None:
    """Clicks the gift card button again and again, is asked, taps, and goes back."""
    visitor.go("/cart")
    await pause(0.8)
    visitor.go("/checkout")
    visitor.click(CONTINUE)
    await visitor.flush()
    await pause(1.0)
    clicks = [
        visitor.signal("click", ms=90 * i, **APPLY._asdict(), x=848, y=624)
        for i in range(visitor.random.randint(3, 6))
    ]
    visitor.signal("prompt", ms=600, phase="shown", rule="rage_click")
    await visitor.flush()
    await pause(1.2)
    if visitor.random.random() < ANSWERS:
        visitor.tap(
            visitor.random.choice(["thumbs_down", "thumbs_down", "confused"]),
            answers={
                "detector": "rage_click",
                "evidence": [f"{visitor.stream}:{n}" for n in clicks],
                "target": APPLY.target,
            },
        )
    else:
        visitor.signal("prompt", phase="dismissed", rule="rage_click")
    await pause(0.5)
    visitor.back("/cart", stayed=9_000)
    await visitor.flush()


async def unsure(visitor: Visitor, pause: Callable[[float], Awaitable[None]]) -> None:
    """Clicks a picture that does not open, stops over Pay, and leaves."""
    visitor.go("/product")
    visitor.signal("scroll", depth=80)
    visitor.click(PICTURE, alive=visitor.random.random() < 0.4)
    await pause(1.0)
    visitor.click(ADD)
    visitor.go("/checkout")
    await visitor.flush()
    await pause(1.5)
    dwell = visitor.random.randint(3_200, 9_000)
    visitor.signal("hover", **PAY._asdict(), dwell=dwell, acted=False)
    visitor.signal("leave", stayed=12_000, depth=60)
    await visitor.flush()


WALKS: list[tuple[Walk, float]] = [(content, 0.5), (annoyed, 0.3), (unsure, 0.2)]
"""The walks and how often each is drawn."""

DECLINES = 0.1
"""Share of visitors who decline."""


async def visit(
    target: Target,
    rng: random.Random,
    *,
    pace: float = 1.0,
    acknowledge: Acknowledge = lambda *_: None,
) -> None:
    """Let one visitor come and go; *pace* 0 leaves out all waiting."""

    async def pause(seconds: float) -> None:
        await asyncio.sleep(seconds * pace * rng.uniform(0.6, 1.4))

    device = rng.choices(["desktop", "phone", "tablet"], [6, 3, 1])[0]
    visitor = Visitor(target, rng, device=device, acknowledge=acknowledge)
    if rng.random() < DECLINES:
        await visitor.deny()
        return
    await visitor.grant()
    visitor.signal("nav", how="load")
    await pause(0.5)
    [(walk, _)] = rng.choices(WALKS, [share for _, share in WALKS])
    await walk(visitor, pause)


async def keep_visiting(target: Target, *, visitors: int, seed: int | None = None) -> None:
    """Keep *visitors* visitors in the shop until cancelled."""
    rng = random.Random(seed)  # noqa: S311 - repeatable visitors, no secret

    async def one(own: random.Random) -> None:
        await asyncio.sleep(own.uniform(0, 2))
        while True:
            await visit(target, own)
            await asyncio.sleep(own.uniform(0.2, 2))

    async with asyncio.TaskGroup() as group:
        for number in range(visitors):
            own = random.Random(rng.random())  # noqa: S311
            group.create_task(one(own), name=f"visitor-{number}")
