"""Profiles, their tags, teams, aliases and results: finding, filtering, ordering, importing and exporting them."""

from models.profiles.alias import Alias, alias_key, allowed_key, taken
from models.profiles.csv_export import Exported, exported
from models.profiles.importing import NEW_TAG_COLOR, Fault, Faulty, Import, Progress, alias_row, batches, read_rows
from models.profiles.listing import Summary, alias_page, profile_page, tag_page, tags_of_profile, tags_of_profiles
from models.profiles.member_tags import give_tags, tags_seen_by
from models.profiles.profile import Profile, ProfileCount, first_name_of, last_name_of, phone_of, search_columns
from models.profiles.profile_tag import ProfileTag
from models.profiles.restrictions import hidden_among, seen, seen_by, visible, worn
from models.profiles.result import Result
from models.profiles.tag import Tag, put_on_new, tag_label, tags_for_new
from models.profiles.team import Team, TeamProfile, TeamTag, team_name

__all__ = [
    "NEW_TAG_COLOR",
    "Alias",
    "Exported",
    "Fault",
    "Faulty",
    "Import",
    "Profile",
    "ProfileCount",
    "ProfileTag",
    "Progress",
    "Result",
    "Summary",
    "Tag",
    "Team",
    "TeamProfile",
    "TeamTag",
    "alias_key",
    "alias_page",
    "alias_row",
    "allowed_key",
    "batches",
    "exported",
    "first_name_of",
    "give_tags",
    "hidden_among",
    "last_name_of",
    "phone_of",
    "profile_page",
    "put_on_new",
    "read_rows",
    "search_columns",
    "seen",
    "seen_by",
    "tag_label",
    "tag_page",
    "tags_for_new",
    "tags_of_profile",
    "tags_of_profiles",
    "tags_seen_by",
    "taken",
    "team_name",
    "visible",
    "worn",
]
