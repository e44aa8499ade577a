"""What an officer can do about a refusal: each code has its cure."""

from requests_app.enums import RefusalCode as Code

CURES: dict[str, str] = {
    Code.WRONG_ENTITY: "Send an order that names the company that holds the account.",
    Code.NO_LEGAL_BASIS: "Send an order that states the law and the section it stands on.",
    Code.REACH: "Send an order of a kind that reaches these records.",
    Code.NOT_SIGNED: "Send the order signed and dated.",
    Code.ACCOUNT_NOT_FOUND: "Check the identifier, or give another one.",
    Code.OVERBROAD: "Name fewer records or a shorter period, and why each is needed.",
    Code.DATES: "Give the first and last day of the records you need.",
    Code.LANGUAGE: "Send a translation with the order.",
    Code.JURISDICTION: "Ask through mutual legal assistance, or the national channel.",
    Code.NOT_CRIMINAL: "We answer in criminal matters only.",
    Code.PRIVILEGE: "These records are protected. Ask the court to decide.",
    Code.DUPLICATE: "You find the answer in your earlier request.",
    Code.WITHDRAWN: "Nothing to do: your agency withdrew this.",
}
