"""Cues that tell where a source stands: dateline, ownership, wording, attribution, each with its words."""
