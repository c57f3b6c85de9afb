"""Maturity for programs, as far as it is no register: answering, and what the answers come to."""

from ninja import Router

from keepwell.areas.assessment.api import answering, bringing, comparing, planning, results, workbooks

router = Router()
router.add_router("", answering.router)
router.add_router("", bringing.router)
router.add_router("", comparing.router)
router.add_router("", planning.router)
router.add_router("", results.router)
router.add_router("", workbooks.router)
