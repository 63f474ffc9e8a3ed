"""What somebody wrote themselves, out of a mail that quotes, signs and repeats."""

import re

SIGNATURE = re.compile(r"-- ?")
"""The line that RFC 3676 (4.3) puts before a signature; many programs lose its space."""

_WROTE = re.compile(
    r"(?:"
    r"(?:On|Op|Am|Le|El|Il|Em|Den|Dňa|Dne|W dniu|V|Pe|På|Ons|Tor|Fre|Lør|Søn|Man|Tir|Vào)\b.{4,200}"
    r"(?:\bwrote|\bschrieb\b.{0,120}|a [ée]crit|escribi[óo]|ha scritto|escreveu|\bschreef\b.{0,120}"
    r"|\bskrev\b.{0,120}|napsala?|napisa[łl]\(?a?\)?|pisze|a scris|kirjoitti|đã viết)"
    r"|.{0,160}<[^<>\s]+@[^<>\s]+>.{0,80}"
    r"(?:wrote|schrieb\b.{0,120}|a [ée]crit|escribi[óo]|ha scritto|escreveu|schreef|skrev"
    r"|napsala?|pisze|пишет|написала?|写道|寫道|のメール|작성)"
    r"|.{4,160}(?:пишет|написала?|写道|寫道|のメール|작성)"
    r")\s*[:：]\s*",
    re.IGNORECASE | re.DOTALL,
)

_ORIGINAL = re.compile(
    r"\s*[-_*]{2,}\s*(?:"
    r"original message|forwarded message|original appointment|reply message"
    r"|urspr[üu]ngliche (?:nachricht|e-?mail)|originalnachricht|weitergeleitete nachricht"
    r"|message d['’]origine|message original|message transf[ée]r[ée]"
    r"|mensaje original|messaggio (?:originale|inoltrato)|mensagem original"
    r"|oorspronkelijk bericht|oprindelig meddelelse|opprinnelig melding|ursprungligt meddelande"
    r"|originalmeddelande|alkuper[äa]inen viesti|p[ůu]vodn[íi] (?:zpr[áa]va|e-?mail)"
    r"|wiadomo[śs][ćc] oryginalna|oryginalna wiadomo[śs][ćc]|исходное сообщение"
    r"|пересылаемое сообщение|原始邮件|原始郵件|元のメッセージ|원본 메시지"
    r")\s*[-_*]{2,}\s*",
    re.IGNORECASE,
)

_RULE = re.compile(r"\s*_{20,}\s*")

_FROM = re.compile(
    r"[*\s]*(?:From|Von|De|Da|Van|Fra|Från|Lähettäjä|Od|От|发件人|寄件者|差出人|보낸 사람)"
    r"[*\s]*[:：].+",
    re.IGNORECASE,
)
_HEADER = re.compile(
    r"[*\s]*(?:Sent|Date|To|Subject|Cc|Gesendet|Datum|An|Betreff|Envoyé|À|A|Objet|Enviado(?: el)?"
    r"|Enviada em|Fecha|Para|Asunto|Assunto|Inviato|Data|Oggetto|Verzonden|Aan|Onderwerp|Sendt|Til"
    r"|Emne|Skickat|Till|Ämne|Lähetetty|Vastaanottaja|Aihe|Odesláno|Komu|Předmět|Wysłano|Do|Temat"
    r"|Отправлено|Кому|Тема|发送时间|收件人|主题|日期|送信日時|宛先|件名)[*\s]*[:：].*",
    re.IGNORECASE,
)

_DEVICE = re.compile(
    r"(?:sent (?:from|with|via) (?:my |the )?\S.{0,60}|get outlook for .{0,40}"
    r"|(?:von meinem .{0,40} gesendet|gesendet (?:von|mit) .{0,50})"
    r"|envoy[ée] (?:de|depuis|avec) .{0,50}|enviado desde .{0,50}|enviado do .{0,50}"
    r"|inviato da .{0,50}|verstuurd vanaf .{0,50}|verzonden (?:vanaf|met) .{0,50}"
    r"|skickat fr[åa]n .{0,50}|sendt fra .{0,50}|wys[łl]ane z .{0,50}|отправлено (?:с|из) .{0,50}"
    r"|iPhoneから送信|发自我的.{0,30}|나의 .{0,20}에서 보냄)",
    re.IGNORECASE,
)

WRAPPED = 3
"""Over how many lines a mail program spreads who wrote what."""

LONGEST = 400
"""How many characters that has."""


def own(text: str) -> str:
    """The words of a mail that are its author's own: no quotes, no signature, nothing repeated.

    The whole text where that would leave nothing.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    kept = _without_quotes(_without_tail(lines))
    while kept and (not kept[-1].strip() or _DEVICE.fullmatch(kept[-1].strip())):
        kept.pop()
    found = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()
    return found or text.strip()


def _without_tail(lines: list[str]) -> list[str]:
    """The lines before a signature, or before a mail that is repeated whole."""
    for place, line in enumerate(lines):
        if SIGNATURE.fullmatch(line) or _ORIGINAL.fullmatch(line):
            return lines[:place]
        if _RULE.fullmatch(line) and any(map(_FROM.fullmatch, lines[place + 1 : place + 4])):
            return lines[:place]
        if _FROM.fullmatch(line) and sum(map(_is_header, lines[place + 1 : place + 7])) >= 2:
            return lines[:place]
    return lines


def _is_header(line: str) -> bool:
    return _HEADER.fullmatch(line) is not None


def _without_quotes(lines: list[str]) -> list[str]:
    """The lines that quote nothing. Who wrote what is left out with what they wrote: the quote that
    follows, or all the rest where it is not marked."""
    kept: list[str] = []
    place = 0
    while place < len(lines):
        if _quotes(lines[place]):
            place += 1
        elif span := _wrote(lines, place):
            place += span
            rest = (line for line in lines[place:] if line.strip())
            if not _quotes(next(rest, ">")):
                return kept
        else:
            kept.append(lines[place])
            place += 1
    return kept


def _quotes(line: str) -> bool:
    return line.lstrip().startswith(">")


def _wrote(lines: list[str], place: int) -> int:
    """How many lines from here say who wrote what follows; 0 where they do not."""
    for span in range(1, WRAPPED + 1):
        part = lines[place : place + span]
        if len(part) < span or not part[-1].strip():
            return 0
        words = " ".join(line.strip() for line in part)
        if words[-1] in ":：" and len(words) <= LONGEST and _WROTE.fullmatch(words):
            return span
    return 0
