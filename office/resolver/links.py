"""What GS1 Digital Link asks of a resolver: link types, link sets (RFC 9264), and the product as linked data.

After GS1's Conformant Resolver standard 1.2, with one difference (docs/decisions): the default link is the address
itself, answered at once instead of by a redirect.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from kiosk.verdicts import Verdict

VOCABULARY = "https://ref.gs1.org/voc/"
_PREFIXES = ("gs1:", VOCABULARY, "https://gs1.org/voc/", "https://www.gs1.org/voc/")
CONTEXT = "https://ref.gs1.org/standards/resolver/linkset-context"
CONTEXT_LINK = f'<{CONTEXT}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
WELL_KNOWN = "/.well-known/gs1resolver"
LINKSETS = ("linkset", "all")  # "all" is what older clients ask for
HTML, LINKED_DATA, LINKSET = "text/html", "application/ld+json", "application/linkset+json"
OFFERED = {
    "text/html": HTML,
    "application/xhtml+xml": HTML,
    LINKED_DATA: LINKED_DATA,
    LINKSET: LINKSET,
    "application/json": LINKSET,
    "text/*": HTML,
    "application/*": LINKSET,
    "*/*": HTML,
}  # media type asked for: the one of the answer


class Link(NamedTuple):
    """One link of an address: its type in GS1's vocabulary, where it leads (relative), and what is there.

    The default link says no more of itself than its title.
    """

    rel: str
    href: str
    title: str
    media: str = ""
    lang: str = ""


def wanted(accept: str) -> str:
    """The media type of the answer to an Accept header (RFC 9110, 12.5.1): HTML where that is as welcome."""
    best, answer = 0.0, HTML
    for media, quality in _weighed(accept):
        offered = OFFERED.get(media)
        if offered is not None and (quality > best or (quality == best and offered == HTML)):
            best, answer = quality, offered
    return answer


def understood(accept_language: str) -> str:
    """Of the languages of our pages the one that an Accept-Language header likes best; Vietnamese where it names none."""
    best, answer = 0.0, "vi"
    for tag, quality in _weighed(accept_language):
        if tag[:2] in ("vi", "en") and tag[2:3] in ("", "-") and quality > best:
            best, answer = quality, tag[:2]
    return answer


def _weighed(header: str) -> Iterator[tuple[str, float]]:
    """The values of a header in small letters, each with its quality."""
    for part in header.lower().split(","):
        value, *parameters = (piece.strip() for piece in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            name, _, number = parameter.partition("=")
            if name.strip() == "q":
                try:
                    quality = float(number)
                except ValueError:
                    quality = 0.0
        yield value, quality


def link_type(text: str) -> str:
    """A link type without its prefix: "pip" of "gs1:pip", and of its address; "" for one of another vocabulary."""
    if text in LINKSETS:
        return "linkset"
    for prefix in _PREFIXES:
        if text.startswith(prefix):
            return text[len(prefix) :]
    return ""


def links(facts: dict[str, Any], path: str) -> list[Link]:
    """The links of goods whose address has this path; none for goods that are not known."""
    product = facts["product"]
    if product is None:
        return []
    en = product["name_en"] or product["name"]
    found = [
        Link("defaultLink", path, product["name"]),
        Link("pip", path, product["name"], HTML, "vi"),
        Link("pip", f"{path}?lang=en", en, HTML, "en"),
        Link("masterData", f"{path}?format=ld", product["name"], LINKED_DATA, "vi"),
        Link("certificationInfo", f"{path}#recognition", "Công nhận OCOP", HTML, "vi"),
    ]
    for field, rel, title in (
        ("ingredients", "ingredientsInfo", "Thành phần"),
        ("allergens", "allergenInfo", "Chất gây dị ứng"),
        ("storage", "consumerHandlingStorageInfo", "Bảo quản"),
    ):
        if product[field]:
            found.append(Link(rel, f"{path}#{field}", title, HTML, "vi"))
    if facts["serial"] is not None:
        found.append(Link("verificationService", f"{path}?lang=vi", "Kiểm tra tem", HTML, "vi"))
    if facts["recall"] or facts["withdrawal"]:
        found.append(Link("recallStatus", f"{path}#recall", "Thu hồi", HTML, "vi"))
    return found


def chosen(found: list[Link], rel: str, lang: str) -> Link | None:
    """The link of a type, in this language if there is one; None for a type that is not there."""
    fitting = [link for link in found if link.rel == rel]
    return next((link for link in fitting if link.lang == lang), fitting[0] if fitting else None)


def linkset(found: list[Link], base: str, path: str) -> str:
    """The links as a link set."""
    context: dict[str, Any] = {"anchor": base + path, "description": found[0].title}
    for link in found:
        target: dict[str, Any] = {"href": base + link.href, "title": link.title}
        if link.media:
            target |= {"type": link.media, "hreflang": [link.lang]}
        context.setdefault(VOCABULARY + link.rel, []).append(target)
    return json.dumps({"linkset": [context]}, ensure_ascii=False)


def linked_data(verdict: Verdict, base: str, path: str, title: dict[str, Any]) -> str:
    """The goods and the answer about their stamp as JSON-LD (schema.org); what the page says, and no more."""
    facts = verdict.facts
    product, producer, lot = facts["product"], facts["producer"], facts["lot"]
    told: dict[str, Any] = {
        "@context": "https://schema.org/",
        "@type": "Product" if facts["serial"] is None else "IndividualProduct",
        "@id": base + path,
        "gtin": facts["gtin"],
        "additionalProperty": [
            _property("verdict", verdict.verdict),
            _property("verdictText", title["vi"]["title"]),
        ],
    }
    more = told["additionalProperty"]
    if facts["serial"] is not None:
        told["serialNumber"] = str(facts["serial"])
    if product is not None:
        told["name"] = [{"@language": "vi", "@value": product["name"]}]
        if product["name_en"]:
            told["name"].append({"@language": "en", "@value": product["name_en"]})
        told["category"] = product["group_name"]
        if product["photo"]:
            told["image"] = f"{base}/photos/{product['photo']}"
        if product["story"]:
            told["description"] = product["story"]
        told["hasCertification"] = {
            "@type": "Certification",
            "name": f"OCOP {product['stars']} sao",
            "certificationIdentification": product["decision"],
            "certificationRating": {"@type": "Rating", "ratingValue": product["stars"], "bestRating": 5},
            "expires": product["recognised_until"],
        }
        if facts["withdrawal"]:
            told["hasCertification"]["certificationStatus"] = "https://schema.org/CertificationInactive"
    if producer is not None:
        told["manufacturer"] = {"@type": "Organization", "name": producer["name"]}
        if producer["address"]:
            told["manufacturer"]["address"] = producer["address"]
    if lot is not None:
        told["productionDate"] = lot["produced"]
        more.append(_property("lot", lot["code"]))
        if lot["expires"]:
            more.append(_property("bestBefore", lot["expires"]))
    return json.dumps(told, ensure_ascii=False)


def description(base: str, name: str) -> dict[str, Any]:
    """The resolver's own description, for `WELL_KNOWN`."""
    return {
        "name": name,
        "resolverRoot": base,
        "supportedPrimaryKeys": ["01"],
        "supportedLinkType": [{"namespace": VOCABULARY, "prefix": "gs1:"}],
        "linkTypeDefaultCanBeLinkset": False,
        "jsonLdContextLocation": CONTEXT,
        "contact": {"fn": name},
    }


def _property(name: str, value: Any) -> dict[str, Any]:
    return {"@type": "PropertyValue", "name": name, "value": value}
