"""The findings this classifier may make, each in one sentence."""

LABELS = {
    "designation.mention": "The text names an organisation that an authority lists.",
    "designation.unmarked_mention": "The organisation is listed where labels are due, and this mention carries none.",
    "designation.orphan_marker": "A mention carries a marker, and no footnote explains it.",
    "designation.unused_footnote": "A footnote explains a marker that stands nowhere in the text.",
    "designation.wrong_footnote": "The label says of the organisation what its jurisdiction does not say.",
    "designation.not_listed_at_date": "The listing was not in force on the day of the article.",
}

FOOTNOTE_KINDS = ("terrorist", "extremist", "undesirable", "foreign_agent", "banned")
