"""Profiles, their tags, teams, aliases and results: finding, filtering, ordering, importing and exporting them."""

from models.profiles.alias import Alias, alias_key, allowed_key, taken
from models.profiles.csv_export import Exported, exported
from models.profiles.importing import NEW_TAG_COLOR, Fault, Faulty, Import, Progress, alias_row, batches, read_rows
from models.profiles.listing import Summary, alias_page, profile_page, tag_page, tags_of_profile, tags_of_profiles
from models.profiles.profile import Profile, ProfileCount, first_name_of, last_name_of, phone_of, search_columns
from models.profiles.profile_tag import ProfileTag
from models.profiles.restrictions import seen, tags_for_new, visible, worn
from models.profiles.result import Result
from models.profiles.tag import Tag, tag_label
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
    "last_name_of",
    "phone_of",
    "profile_page",
    "read_rows",
    "search_columns",
    "seen",
    "tag_label",
    "tag_page",
    "tags_for_new",
    "tags_of_profile",
    "tags_of_profiles",
    "taken",
    "team_name",
    "visible",
    "worn",
]
