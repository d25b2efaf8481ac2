"""The currencies that a policy may name: codes of ISO 4217, and how people write some of them.

A policy declares one. Nothing else of the engine knows a currency by name.
"""

from __future__ import annotations

from collections.abc import Mapping

#: The codes in use, funds and metals left out.
_IN_USE = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN
BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL
GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF
KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN
MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD
SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH
UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
"""
CODES = frozenset(_IN_USE.split())

#: What people write in place of a code, in small letters, by the code.
_WRITTEN: Mapping[str, tuple[str, ...]] = {
    "AUD": ("a$", "au$", "$", "dollar", "dollars"),
    "BRL": ("r$", "real", "reais"),
    "CAD": ("c$", "ca$", "$", "dollar", "dollars"),
    "CHF": ("fr.", "franc", "francs"),
    "CNY": ("\u00a5", "rmb", "yuan"),
    "CZK": ("k\u010d", "koruna"),
    "DKK": ("kr", "kr."),
    "EUR": ("\u20ac", "euro", "euros"),
    "GBP": ("\u00a3", "pound", "pounds"),
    "HKD": ("hk$", "$", "dollar", "dollars"),
    "ILS": ("\u20aa", "shekel", "shekels"),
    "INR": ("\u20b9", "rs", "rupee", "rupees"),
    "JPY": ("\u00a5", "yen"),
    "KRW": ("\u20a9", "won"),
    "MXN": ("mx$", "$", "peso", "pesos"),
    "NOK": ("kr", "kr."),
    "NZD": ("nz$", "$", "dollar", "dollars"),
    "PLN": ("z\u0142",),
    "SEK": ("kr", "kr."),
    "SGD": ("s$", "$", "dollar", "dollars"),
    "TRY": ("\u20ba", "lira"),
    "UAH": ("\u20b4",),
    "USD": ("us$", "$", "us_dollar", "us_dollars", "dollar", "dollars"),
    "VND": ("\u20ab",),
    "ZAR": ("rand",),
}

#: The currency that most people mean who write a sign alone.
OF_SIGN: Mapping[str, str] = {"\u20ac": "EUR", "\u00a3": "GBP", "\u00a5": "JPY", "$": "USD"}


def written(code: str) -> tuple[str, ...]:
    """How an amount of a currency may be marked, in small letters: by its code, a sign or a word.
    Empty where `code` is none. What is longer comes first, so that `us$` is not read as `$`."""
    if code not in CODES:
        return ()
    return tuple(sorted((code.casefold(), *_WRITTEN.get(code, ())), key=len, reverse=True))
