"""What a user can set, send, receive or ask for is documented, or the build fails."""

from pathlib import Path

import pytest

from models.designations import labels as designation_labels
from models.source_bias import labels as bias_labels
from models.violence import labels as violence_labels
from service.app import create_app
from store.outbox import EVENT_TYPES
from store.policy import LABELS
from store.settings import Settings


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_documented(root: Path, name: str) -> None:
    """`docs/settings.md` names each setting, with what the code says of it."""
    page = (root / "docs" / "settings.md").read_text("utf-8")

    assert f"`OBELUS_{name.upper()}`" in page
    assert (Settings.model_fields[name].description or "?") in page


@pytest.mark.parametrize("event", sorted(EVENT_TYPES))
def test_every_event_is_documented(root: Path, event: str) -> None:
    assert f"`{event}`" in (root / "docs" / "webhooks.md").read_text("utf-8")


@pytest.mark.parametrize(
    "label",
    sorted({**LABELS, **violence_labels.LABELS, **designation_labels.LABELS, **bias_labels.LABELS}),
)
def test_every_label_is_documented(root: Path, label: str) -> None:
    assert f"`{label}`" in (root / "docs" / "labels.md").read_text("utf-8")


def test_every_route_of_the_api_is_in_the_openapi_document(tmp_path: Path) -> None:
    app = create_app(Settings(data_dir=tmp_path, redis_url=f"unix://{tmp_path}/none.sock"))
    routes = {
        rule.rule.replace("<", "{").replace(">", "}")
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(("/v1/", "/compat/"))
    }

    assert routes <= set(app.spec["paths"])
