"""Every quick start of the guide, as it is printed there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import servers
from conftest import Script
from providers import Parrot

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "guides" / "python.md"
LINES_MAX = 10


class Around(NamedTuple):
    """What a quick start takes for granted, and what it must have recorded."""

    loan: int = 0
    """New predictions of the model `loan`."""
    assistant: int = 0
    """New predictions of the model `assistant`."""
    outcomes: int = 0
    needs: str = ""
    before: str = ""
    after: str = ""


DATA = "import pandas as pd\nX = pd.DataFrame({'age': range(40), 'income': range(40)})\ny = [0, 1] * 20\n"
CHAIN = (
    "from langchain_core.language_models.fake_chat_models import FakeListChatModel\n"
    "chain = FakeListChatModel(responses=['Hi'])\n"
)
CALL = "from fastapi.testclient import TestClient\nassert TestClient(app).post('/score', json={'age': 41}).json()\n"
FILES = (
    "import os, tempfile, random\nos.chdir(tempfile.mkdtemp())\n"
    "for name, shift in (('reference', 0), ('current', 3)):\n"
    "    with open(name + '.csv', 'w') as out:\n"
    "        print('income,p', file=out)\n"
    "        for _ in range(500):\n"
    "            print(random.gauss(shift, 1), random.random(), sep=',', file=out)\n"
)
QUICK_STARTS = {
    "Any program": Around(loan=1, outcomes=1),
    "A function": Around(loan=1),
    "A block": Around(loan=1, outcomes=1),
    "asyncio": Around(loan=1, after="import asyncio; asyncio.run(main())"),
    "pandas": Around(loan=2, needs="pandas"),
    "polars": Around(loan=2, needs="polars"),
    "Arrow": Around(loan=2, needs="pyarrow"),
    "numpy": Around(loan=2, needs="numpy"),
    "scikit-learn": Around(loan=40, outcomes=1, needs="sklearn", before=DATA),
    "LightGBM": Around(loan=40, needs="lightgbm", before=DATA),
    "XGBoost": Around(loan=40, needs="xgboost", before=DATA),
    "FastAPI": Around(loan=1, needs="fastapi", after=CALL),
    "OpenAI-compatible clients": Around(assistant=1, needs="openai"),
    "LangChain": Around(assistant=1, needs="langchain_core", before=CHAIN),
    "Feedback, effects, changes": Around(loan=1),
    "A notebook": Around(
        needs="pandas", before=FILES, after="assert 'income' in report.drifted and '<table>' in report._repr_html_()"
    ),
}


def printed() -> dict[str, str]:
    """The guide's quick starts by their headings."""
    section = GUIDE.read_text("utf-8").split("\n## Quick starts\n")[1].split("\n## ")[0]
    parts = (part.partition("\n") for part in section.split("\n### ")[1:])
    return {name: text.split("```python\n")[1].split("```")[0] for name, _, text in parts}


@pytest.fixture(scope="module")
def parrot() -> Iterator[Parrot]:
    made = Parrot()
    yield made
    made.close()


def count(server: servers.Candor) -> tuple[int, int, int]:
    """Rows of all quick starts. A model that is not there yet has no table, so the union of all is asked."""
    (row,) = server.sql(
        "SELECT count(*) FILTER (WHERE model = 'loan'), count(*) FILTER (WHERE model = 'assistant') FROM predictions"
    )
    return row[0], row[1], server.one("SELECT count(*) FROM outcomes WHERE model = 'loan'")


def test_the_guide_has_these_quick_starts_and_no_others() -> None:
    assert list(printed()) == list(QUICK_STARTS)
    for name, text in printed().items():
        assert len(text.splitlines()) <= LINES_MAX, name


@pytest.mark.parametrize("name", QUICK_STARTS)
def test_a_quick_start(name: str, own: servers.Candor, script: Script, parrot: Parrot) -> None:
    around = QUICK_STARTS[name]
    if around.needs:
        pytest.importorskip(around.needs)
    before = count(own)
    provider = {"OPENAI_BASE_URL": parrot.url, "OPENAI_API_KEY": "none"}
    script(f"{around.before}{printed()[name]}\n{around.after}", own.url, **provider)
    after = count(own)
    gained = tuple(now - then for now, then in zip(after, before))
    assert gained == (around.loan, around.assistant, around.outcomes)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Candor]:
    """A server for the quick starts, where other tests record no `loan`."""
    data = tmp_path_factory.mktemp("guide") / "data"
    data.mkdir()
    started = servers.Candor(data).start()
    yield started
    started.kill()
