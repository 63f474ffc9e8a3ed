"""Members and organisations: who they are, and who may speak for whom."""

import re

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from outreach.sandbox.addresses import picture_url
from outreach.sandbox.linkedin_ids import (
    NAME,
    actor,
    administers,
    company,
    company_of,
)
from outreach.sandbox.linkedin_rest import Json, denied, illegal, missing, page
from outreach.sandbox.linkedin_sessions import Session
from outreach.sandbox.world import Account, World


async def userinfo(world: World, session: Session, request: Request) -> Response:
    """GET /v2/userinfo: OpenID Connect's claims of the member."""
    if not (session.may("openid") and session.may("profile")):
        raise denied("userinfo.GET.NO_VERSION")
    who = session.member
    first, last = _names(who)
    claims = {
        "sub": who.id,
        "name": who.name,
        "given_name": first,
        "family_name": last,
        "picture": picture_url(request, who),
        "locale": {"country": "US", "language": "en"},
    }
    return JSONResponse(claims)


async def person(world: World, session: Session, request: Request) -> Response:
    """GET /rest/people/(id:…): a member's names, where the asker may know them."""
    asked = re.fullmatch(r"\(id:([\w-]+)\)", request.path_params["key"])
    who = world.account_by_id(NAME, asked[1]) if asked else None
    if who is None or company_of(who):
        raise missing(request.path_params["key"])
    if not session.may("r_basicprofile"):
        raise denied("people.GET")
    if who.kind == "resident":  # nobody's contact: LinkedIn keeps such names to itself
        return JSONResponse({"id": "private", "localizedFirstName": "", "localizedLastName": ""})
    first, last = _names(who)
    known = {"localizedFirstName": first, "localizedLastName": last, "vanityName": who.handle}
    return JSONResponse({"id": who.id, **known})


async def organization(world: World, session: Session, request: Request) -> Response:
    """GET /rest/organizations/…: an organisation, for its administrator."""
    number = request.path_params["number"]
    if not re.fullmatch(r"\d{1,18}", number):
        raise illegal("an organization's id is a number")
    if not session.may("rw_organization_admin", "r_organization_admin"):
        raise denied("organizations.GET")
    found = company(world, number, session.member)
    if not administers(session.member, found):
        raise denied("organizations.GET")
    told: Json = {
        "id": int(number),
        "localizedName": found.name,
        "vanityName": found.handle,
        "primaryOrganizationType": "NONE",
    }
    return JSONResponse(told)


async def acls(world: World, session: Session, request: Request) -> Response:
    """GET /rest/organizationAcls?q=roleAssignee: which organisations the member speaks for."""
    if request.query_params.get("q") != "roleAssignee":
        raise illegal("q must be roleAssignee")
    if not session.may("rw_organization_admin", "r_organization_admin"):
        raise denied("organizationAcls.FINDER-roleAssignee")
    everybody = list(world.accounts[NAME].values())
    roles = [
        {
            "organization": actor(each),
            "roleAssignee": actor(session.member),
            "role": "ADMINISTRATOR",
            "state": "APPROVED",
        }
        for each in everybody
        if company_of(each) and administers(session.member, each)
    ]
    elements, paging = page(request, roles)
    return JSONResponse({"paging": paging, "elements": elements})


def speaking(world: World, session: Session, urn: object) -> Account | None:
    """The member or the organisation of a URN, if the caller may speak for it."""
    if urn == actor(session.member):
        return session.member
    number = re.fullmatch(r"urn:li:organization:(\d{1,18})", str(urn))
    if number is None:
        return None
    found = company(world, number[1], session.member)
    return found if administers(session.member, found) else None


def _names(who: Account) -> tuple[str, str]:
    first, _, last = who.name.rpartition(" ")
    return (first, last) if first else (last, "")
