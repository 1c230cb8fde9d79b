"""The fixed list of what this classifier can say, one sentence each."""

GRAPHIC = "violence.graphic"
INCITING = "violence.inciting"
THREAT = "threat"

TYPES: dict[str, str] = {
    "killing": "A person is killed by another, or killings are named.",
    "armed_attack": "People are attacked with weapons, or armed forces fight.",
    "bombing": "A bomb, missile, mine or other explosive is used or goes off.",
    "execution": "A prisoner or captive is put to death, with or without a court.",
    "torture": "A person in someone's power is tortured or cruelly treated.",
    "abduction": "A person is kidnapped, taken hostage or made to disappear.",
    "sexual_violence": "Rape, sexual assault or sexual slavery is named.",
    "siege": "A place is besieged or cut off so that people suffer.",
    "human_shields": "People are used as human shields.",
    "unlawful_attack": "War crimes, attacks on protected people or places, or unlawful weapons are named.",
    "assault": "A person is beaten or hurt, or a crowd turns violent.",
    "threat": "Violence is threatened, announced, called for or praised.",
    "displacement": "Violence drives people from their homes.",
    "casualties": "People are dead or wounded through violence.",
}

LABELS: dict[str, str] = {
    **{f"violence.{name}": sentence for name, sentence in TYPES.items()},
    GRAPHIC: "Violence or injury is described in disturbing detail.",
    INCITING: "The text threatens with violence, calls for it, praises or celebrates it.",
}

# What a reason says of each type: "the sentence says that …".
SAYS: dict[str, str] = {
    "killing": "people were killed or a killing was planned or judged",
    "armed_attack": "there was an armed attack or fighting",
    "bombing": "explosives were used",
    "execution": "captives or prisoners were put to death",
    "torture": "people were tortured or cruelly treated",
    "abduction": "people were abducted or held",
    "sexual_violence": "there was sexual violence",
    "siege": "a place was besieged",
    "human_shields": "people were used as human shields",
    "unlawful_attack": "an attack or act against the laws of war took place",
    "assault": "people were beaten or a crowd was violent",
    "threat": "violence was threatened, called for or praised",
    "displacement": "people were driven from their homes",
    "casualties": "people died or were wounded through violence",
}

# How grave a type is by itself where no phrase says more (0..7).
SEVERITY: dict[str, int] = {
    "killing": 5, "armed_attack": 5, "bombing": 5, "execution": 6, "torture": 6, "abduction": 4,
    "sexual_violence": 6, "siege": 4, "human_shields": 5, "unlawful_attack": 5, "assault": 3, "threat": 2,
    "displacement": 3, "casualties": 4,
}  # fmt: skip

# The parts that people and things play, as a reason names them.
ROLES: dict[str, str] = {"victim": "to whom", "agent": "by whom", "weapon": "with what"}
