"""Cycles, the assessments of sites in them, answers by source, targets, what they come to, what is recommended about
gaps, frozen years, and benchmarks of others."""

from keepwell.areas.assessment.models.answers import Answer
from keepwell.areas.assessment.models.assessments import Assessment, Share
from keepwell.areas.assessment.models.benchmarks import Benchmark, BenchmarkFigure
from keepwell.areas.assessment.models.cycles import Cycle
from keepwell.areas.assessment.models.recommendations import Recommendation
from keepwell.areas.assessment.models.results import Result, Snapshot
from keepwell.areas.assessment.models.talk import Comment
from keepwell.areas.assessment.models.targets import Target
from keepwell.areas.assessment.models.words import Scope, Source, View

__all__ = [
    "Answer", "Assessment", "Benchmark", "BenchmarkFigure", "Comment", "Cycle", "Recommendation", "Result",
    "Scope", "Share", "Snapshot", "Source", "Target", "View",
]  # fmt: skip
