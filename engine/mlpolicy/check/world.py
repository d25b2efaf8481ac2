"""Checks that the manifest's schema has what the `manifest` line says of its manifests."""

from __future__ import annotations

from mlpolicy.check.names import Names
from mlpolicy.check.report import Report
from mlpolicy.schema import Field, Kind
from mlpolicy.source import Source, Span
from mlpolicy.suggest import listing, nearest

#: How the files end that a search looks at.
_ENDINGS = (".yaml", ".yml", ".json")


def check_world(names: Names, root: Field, report: Report) -> None:
    """Reports a list of the `manifest` line that the schema lacks, scopes that cannot be told
    apart, and a kind or an `apiVersion` that the schema does not allow."""
    assert names.manifest is not None
    node, source = names.manifest.node, names.manifest.source
    body = root.at("spec")
    if node.each is not None and node.each.text == node.shared.text:
        message = f"both scopes are called `{node.each.text}`"
        help = "give what is said once and what is decided one by one a word each"
        report.error("MLP0219", message, source, node.each.span, help)
    if node.items is not None and body is not None:
        listed = body.children.get(node.items.text)
        if listed is None or listed.items is None or listed.items.kind is not Kind.MAPPING:
            lists = [
                n for n, f in body.children.items() if f.items and f.items.kind is Kind.MAPPING
            ]
            close = nearest(node.items.text, lists)
            help = f"did you mean `{close}`?" if close else ""
            if not help:
                help = f"lists there: {listing(lists)}" if lists else "add the list to the schema"
            message = (
                f"the schema `{node.schema}` has no list `{node.items.text}` of mappings in `spec`"
            )
            report.error("MLP0219", message, source, node.items.span, help)
            report.lose([node.each.text, *lists] if node.each is not None else lists)
        elif "name" not in listed.items.children:
            message = (
                f"the entries of `{node.items.text}` have no `name` in the schema `{node.schema}`"
            )
            help = "add it: by its name every thing that is decided is called"
            report.error("MLP0219", message, source, node.items.span, help)
    for name in node.files:
        if "/" in name.text or not name.text.endswith(_ENDINGS):
            message = f"`{name.text}` is no name of a manifest file"
            help = "write a name that ends in `.yaml` or `.json`, with `*` for any part of it"
            report.error("MLP0219", message, source, name.span, help)
    stated = [("kind", node.kind.text, node.kind.span)]
    if node.api is not None:
        stated.append(("apiVersion", node.api.text, node.api.span))
    for key, word, span in stated:
        _agrees(root, key, word, node.schema, source, span, report)


def _agrees(
    root: Field, key: str, word: str, schema: str, source: Source, span: Span, report: Report
) -> None:
    field = root.children.get(key)
    if field is None or not field.members or word in field.members:
        return
    allowed = listing([f"`{each}`" for each in field.members])
    message = f"by the schema `{schema}` the `{key}` of a manifest is {allowed}, not `{word}`"
    report.error("MLP0219", message, source, span, "let the two say the same")
