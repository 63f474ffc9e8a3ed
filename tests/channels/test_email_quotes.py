"""What a reader wrote themselves, whatever their mail program puts around it."""

import time

import pytest

from outreach.channels._email_html import words
from outreach.channels._email_quotes import own

QUOTED = "> Version 2 is out.\n> Tell us.\n"

ATTRIBUTIONS = [
    "On Tue, Nov 24, 2026 at 9:03 AM Ada Moreau <ada@acme.example> wrote:",
    "On Tue, Nov 24, 2026 at 9:03 AM Ada Moreau\n<ada@acme.example> wrote:",
    "On Tuesday, 24 November 2026 at 9:03,\nAda Moreau of Acme Ltd.\n<ada@acme.example> wrote:",
    "On 24/11/26 09:03, Ada Moreau wrote:",
    "Am 24.11.26 um 09:03 schrieb Ada Moreau:",
    "Am Di., 24. Nov. 2026 um 09:03 Uhr schrieb Ada Moreau <ada@acme.example>:",
    "Ada Moreau <ada@acme.example> schrieb am Di. 24. Nov. 2026 um 09:03:",
    "Le mar. 24 nov. 2026 à 09:03, Ada Moreau <ada@acme.example> a écrit :",
    "Le 24/11/2026 à 09:03, Ada Moreau a écrit\xa0:",
    "El mar, 24 nov 2026 a las 9:03, Ada Moreau (<ada@acme.example>) escribió:",
    "Il giorno mar 24 nov 2026 alle ore 09:03 Ada Moreau <ada@acme.example> ha scritto:",
    "Em ter., 24 de nov. de 2026 às 09:03, Ada Moreau <ada@acme.example> escreveu:",
    "Op di 24 nov 2026 om 09:03 schreef Ada Moreau <ada@acme.example>:",
    "Den tis 24 nov. 2026 kl 09:03 skrev Ada Moreau <ada@acme.example>:",
    "W dniu 24.11.2026 o 09:03, Ada Moreau pisze:",
    "вт, 24 нояб. 2026 г. в 09:03, Ada Moreau <ada@acme.example>:\nAda Moreau пишет:",
    "Ada Moreau <ada@acme.example> 于2026年11月24日周二 09:03写道：",
    "2026年11月24日(火) 9:03 Ada Moreau <ada@acme.example>のメール:",
]


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
@pytest.mark.parametrize("between", ["", "\n"])
def test_who_wrote_what_goes_with_the_quote(attribution: str, between: str) -> None:
    assert (
        own(f"It works.\n\nThanks!\n\n{attribution}\n{between}{QUOTED}") == "It works.\n\nThanks!"
    )


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_an_answer_between_the_lines_stays(attribution: str) -> None:
    text = f"{attribution}\n> Is it fast?\n\nYes.\n\n> Is it small?\n\nNo.\n"
    assert own(text).endswith("Yes.\n\nNo.")
    assert ">" not in own(text)


@pytest.mark.parametrize(
    "rest",
    [
        "-----Original Message-----\nFrom: Ada\nSubject: News\n\nVersion 2 is out.",
        "-----Ursprüngliche Nachricht-----\nVon: Ada\n\nVersion 2 is out.",
        "-------- Weitergeleitete Nachricht --------\nBetreff: News\n\nVersion 2 is out.",
        "-----Message d'origine-----\nDe : Ada\n\nVersion 2 is out.",
        "-----Mensaje original-----\nDe: Ada\n\nVersion 2 is out.",
        "-----Messaggio originale-----\nDa: Ada\n\nVersion 2 is out.",
        "-----Oorspronkelijk bericht-----\nVan: Ada\n\nVersion 2 is out.",
        "------------------ 原始邮件 ------------------\n发件人: Ada\n\nVersion 2 is out.",
        f"{'_' * 32}\nFrom: Ada Moreau <ada@acme.example>\nSent: Tuesday\n\nVersion 2 is out.",
        "From: Ada Moreau <ada@acme.example>\nSent: Tuesday, 24 November 2026 09:03\n"
        "To: Bob\nSubject: News\n\nVersion 2 is out.",
        "*From:* Ada\n*Sent:* Tuesday\n*To:* Bob\n*Subject:* News\n\nVersion 2 is out.",
        "Von: Ada\nGesendet: Dienstag\nAn: Bob\nBetreff: News\n\nVersion 2 is out.",
        "De : Ada\nEnvoyé : mardi\nÀ : Bob\nObjet : News\n\nVersion 2 is out.",
        "De: Ada\nEnviado el: martes\nPara: Bob\nAsunto: News\n\nVersion 2 is out.",
        "差出人: Ada\n送信日時: 2026\n宛先: Bob\n件名: News\n\nVersion 2 is out.",
        "On Tue, Nov 24, 2026, Ada Moreau <ada@acme.example> wrote:\n\nVersion 2 is out.",
        "-- \nBob Stone\nStone Ltd.\n+49 30 123456",
        "--\nBob Stone",
        "Sent from my iPhone",
        "Get Outlook for iOS",
        "Von meinem iPhone gesendet",
        "Envoyé de mon iPhone",
        "Sent from my Pixel\n\nOn Tue, Ada Moreau wrote:\n> Version 2 is out.",
    ],
)
def test_what_is_repeated_or_signed_is_cut(rest: str) -> None:
    assert own(f"It works.\n\nThanks!\n\n{rest}\n") == "It works.\n\nThanks!"
    assert own(f"It works.\r\n\r\nThanks!\r\n\r\n{rest}\r\n") == "It works.\n\nThanks!"


@pytest.mark.parametrize(
    "text",
    [
        "I wrote:\n\nthis is my own list",
        "On the whole: good.",
        "Am I right:\nyes",
        "From: here to there\nit is far.",
        "Use it so:\n\n    a -- b",
        "-----\nA line of my own\n-----",
        "Sent from my heart, and this sentence says more than from which device it came.",
        "Date: tomorrow?\nTo: the office?",
    ],
)
def test_own_words_that_look_like_it_stay(text: str) -> None:
    assert own(text) == text


def test_where_all_is_quoted_all_is_shown() -> None:
    assert own("> Yes, it is.\n") == "> Yes, it is."
    assert own("") == ""


GMAIL = (
    '<div dir="ltr"><div>It works.</div><div><br></div><div>Thanks &amp; bye!</div></div><br>'
    '<div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Tue Ada wrote:<br></div>'
    '<blockquote class="gmail_quote"><div>Version 2 <div>is</div> out.</div></blockquote></div>'
)
OUTLOOK = (
    "<html><head><style>p {margin: 0}</style><title>x</title></head><body>"
    '<div class="elementToProof">It works.</div><div class="elementToProof"><br></div>'
    '<div>Thanks &amp; bye!</div><div id="appendonsend"></div><hr>'
    '<div id="divRplyFwdMsg"><b>From:</b> Ada</div><div>Version 2 is out.</div></body></html>'
)
THUNDERBIRD = (
    "<p>It works.</p><p>Thanks &amp;\nbye!</p>"
    '<div class="moz-cite-prefix">On 24/11/26 Ada wrote:<br></div>'
    '<blockquote type="cite"><p>Version 2 is out.</p></blockquote>'
)


@pytest.mark.parametrize("html", [GMAIL, OUTLOOK, THUNDERBIRD])
def test_html_is_read_without_what_it_quotes(html: str) -> None:
    assert words(html) == "It works.\n\nThanks & bye!"


def test_lists_and_lines_of_html_stay_apart() -> None:
    assert words("a<br>b<ul><li>one</li><li>two</li></ul>c<script>evil()</script>") == (
        "a\nb\n\none\ntwo\n\nc"
    )
    assert words("Yes<blockquote>Is it fast?") == "Yes"
    assert words("a < b, 'c' <!-- hidden --> & d<!DOCTYPE html> &amp; <e") == "a < b, 'c' & d & <e"


HOSTILE = {
    "colons": "On a b c d:\n" * 20_000,
    "long": "On " + "<a@b" * 60_000 + ":",
    "headers": "From: a\n" * 20_000,
    "quotes": ">" * 250_000,
    "wrote": ("On " + "x" * 190 + "\n") * 1000 + "wrote:",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_is_cut_in_time(name: str) -> None:
    begun = time.process_time()
    own(HOSTILE[name][:100_000])
    assert time.process_time() - begun < 5


HTML = [
    "<div>",
    "<!--",
    "<a b='",
    '<a b="',
    "<a b",
    "&#",
    "<blockquote>",
    "<![",
    "</",
    "\0 ",
    " \n",
]


@pytest.mark.parametrize("html", HTML)
def test_hostile_html_is_read_in_time(html: str) -> None:
    begun = time.process_time()
    words(html * (400_000 // len(html)))
    assert time.process_time() - begun < 5
