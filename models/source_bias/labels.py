"""Every label the classifier may raise, each in one sentence. The words are read by moderators."""

from collections.abc import Mapping

STRUCTURE: Mapping[str, str] = {
    "bias.dateline": "The text opens with a dateline: where, when and by which agency it was filed.",
    "bias.state_media": "The outlet or agency is listed in the outlet register as owned by a state.",
    "bias.scare_quotes": "A word or two in quotation marks without a speaker, which keeps a distance from the wording.",
    "bias.hedge": "A word that passes a claim on, or weakens it, without saying how firm it is.",
    "bias.unattributed_claim": "A claim that needs a source and is given none.",
    "bias.anonymous_source": "A claim whose source is given no name.",
    "bias.one_sided_sourcing": "All that is quoted or cited comes from one side.",
    "bias.extraction_residue": "Words of the web page, not of the article; they are not read as prose.",
}

_TECHNIQUES: Mapping[str, str] = {
    "name_calling": "A person or group is given a label that praises or insults instead of an argument.",
    "guilt_by_association": "Somebody is judged by a group or idea that the readers dislike.",
    "casting_doubt": "Somebody's character or ability is questioned instead of what they say.",
    "appeal_to_hypocrisy": "A charge is answered by saying that the accuser does the same.",
    "questioning_the_reputation": "Somebody's good name is attacked instead of what they say.",
    "flag_waving": "A claim is backed by love of one's nation or group.",
    "appeal_to_authority": "A claim is held true because somebody of standing says so.",
    "appeal_to_popularity": "A claim is held true because many people hold it.",
    "appeal_to_values": "A claim is tied to values that the readers share, without more support.",
    "appeal_to_fear": "A claim is backed by fear of what would happen otherwise.",
    "straw_man": "An easier claim that nobody made is answered in place of the real one.",
    "red_herring": "Attention is led to something that has no bearing on the matter.",
    "whataboutism": "A charge is met with another charge against somebody else.",
    "causal_oversimplification": "One cause is named for what has several.",
    "false_dilemma": "Two ways are offered as if there were no others.",
    "consequential_oversimplification": "One step is said to lead to a chain of results without showing why.",
    "slogans": "A short, striking phrase stands in place of an argument.",
    "conversation_killer": "A phrase that ends the discussion instead of answering.",
    "appeal_to_time": "A claim is backed by saying that the moment has come.",
    "loaded_language": "Words with strong feeling are used where plain ones would do.",
    "obfuscation": "Words are kept so unclear that readers must guess what is meant.",
    "exaggeration": "Something is made larger or smaller than what is told supports.",
    "repetition": "The same words or idea come again and again.",
}
TECHNIQUES: Mapping[str, str] = {f"bias.technique.{name}": sentence for name, sentence in _TECHNIQUES.items()}
"""The 23 persuasion techniques of SemEval-2023 task 3 (Piskorski et al. 2023), described in our own words."""

LABELS: Mapping[str, str] = {**STRUCTURE, **TECHNIQUES}
