"""The rows of the result, for a terminal and for docs/benchmarks.md."""

from dataclasses import dataclass


@dataclass
class Row:
    part: str
    what: str
    value: float
    unit: str
    floor: float | None
    aim: float | None
    least: bool = True  # the aim is a lower bound
    ratio: float | None = None  # computed when there is a floor

    def __post_init__(self):
        if self.ratio is None and self.floor:
            self.ratio = self.value / self.floor

    @property
    def judged(self) -> float:
        """What the aim is about: the ratio where there is a floor."""
        return self.value if self.ratio is None else self.ratio

    @property
    def met(self) -> bool | None:
        if self.aim is None:
            return None
        return self.judged >= self.aim if self.least else self.judged <= self.aim

    def cells(self) -> list[str]:
        aim = "" if self.aim is None else f"{'≥' if self.least else '≤'} {number(self.aim)}"
        met = {None: "", True: "yes", False: "**no**"}[self.met]
        return [self.part, self.what, f"{number(self.value)} {self.unit}",
                "" if self.floor is None else f"{number(self.floor)} {self.unit}",
                "" if self.ratio is None else f"{self.ratio:.3f}" if self.part == "f" else f"{self.ratio:.2f}", aim, met]


HEADS = ["", "what", "measured", "floor", "ratio", "aim", "met"]


def number(value: float) -> str:
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"


def as_markdown(rows: list[Row]) -> str:
    lines = [HEADS, ["---"] * len(HEADS), *(row.cells() for row in rows)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def as_text(rows: list[Row]) -> str:
    lines = [HEADS, *([cell.replace("**", "") for cell in row.cells()] for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEADS))]
    right = {2, 3, 4, 5}
    return "\n".join("  ".join(cell.rjust(width) if i in right else cell.ljust(width)
                               for i, (cell, width) in enumerate(zip(line, widths))).rstrip() for line in lines)
