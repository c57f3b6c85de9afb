"""Where every act is swept: by a sample of its record (test_sweep), or in the story that does it (test_sweep_stories)."""

from __future__ import annotations

BY_SAMPLE = {
    "action.begin", "action.drop", "action.finish", "action.postpone", "action.retire", "assessment.recommend_here",
    "assessment.withdraw", "benchmark.retire_benchmark", "benchmarkfigure.retire_figure",
    "businesscalendar.retire_calendar", "calendarday.take_back_day", "certificate.retire", "certificate.suspend",
    "certificate.withdraw", "channel.retire_channel", "criticalsystem.decommission", "cycle.approve_targets",
    "cycle.take_every_site", "dutyshift.relieve", "exposureanswer.answer", "figure.sign_off", "grant.end",
    "grant.take_back", "grouprule.end", "incident.acknowledge", "incident.mark", "incident.restrict",
    "incident.withdraw", "incidentcost.mark_cost", "incidentcost.strike", "incidentevent.take_back_event",
    "incidentnotice.approve", "incidentnotice.discard", "incidentnotice.mark_notice", "incidenttask.finish",
    "incidenttask.leave_out", "incidenttask.mark_task", "indicator.retract", "initiative.close",
    "legalstanding.end_standing", "noticeclause.end_clause", "outsider.hand_over", "person.end_employment",
    "person.transfer", "piece.hold", "piece.retire", "receivedmail.make_report", "receivedmail.set_aside",
    "recommendation.decline", "recommendation.retire_recommendation", "report.settle", "report.take",
    "responsemeeting.call_off", "responsemeeting.mark_meeting", "ruleinforce.confirm", "service.end",
    "service.hand_over", "target.approve", "target.retire_target", "timelineentry.mark_entry", "unit.move",
    "unit.sign_year", "webhook.retire_webhook",
}  # fmt: skip
"""What a sample, as it is made, reaches by answers that suit any question."""
STORIES = {
    "keepwell.areas.administration.tests.test_outside.Ending.test_of_a_stay_takes_everything_at_once":
        "outsider.dismiss",
    "keepwell.areas.administration.tests.test_ways_up.ASecondPerson.test_is_one_again_after_fourteen_days":
        "grant.approve",
    "keepwell.areas.assessment.tests.test_by_hand.ItAndOtInOne.test_is_answered_frozen_and_followed_over_the_years":
        "assessment.submit assessment.validate cycle.begin_validation cycle.open_cycle",
    "keepwell.areas.assessment.tests.test_colleagues.AColleague.test_finds_it_under_what_is_due":
        "assessment.share assessment.unshare",
    "keepwell.areas.assessment.tests.test_comparing.Targets.test_hold_only_while_they_are_approved":
        "target.take_back",
    "keepwell.areas.assessment.tests.test_opening.RollingForward.test_drafts_the_next_year_with_sites_rules_and_proposed_targets":
        "cycle.roll_forward",
    "keepwell.areas.assessment.tests.test_planning.Deciding.test_is_refused_where_one_has_no_right":
        "cycle.recommend",
    "keepwell.areas.assessment.tests.test_planning.Deciding.test_makes_one_initiative_of_the_same_gap_at_many_sites":
        "cycle.make_initiative recommendation.accept",
    "keepwell.areas.assessment.tests.test_planning.Deciding.test_takes_the_foremost_in_one_act":
        "cycle.accept_foremost",
    "keepwell.areas.assessment.tests.test_profiles.TakingAProfile.test_is_for_who_may_edit_at_the_cycle":
        "cycle.take_profile",
    "keepwell.areas.assessment.tests.test_restating.TheRestatedYear.test_follows_a_restatement_of_the_frozen_year":
        "cycle.freeze",
    "keepwell.areas.assessment.tests.test_restating.TheRestatedYear.test_follows_another_rule_of_what_counts":
        "cycle.change_method",
    "keepwell.areas.assessment.tests.test_validating.AWithdrawnAssessment.test_is_not_waited_for": "cycle.publish",
    "keepwell.areas.assessment.tests.test_validating.Publishing.test_closes_the_scores_until_validation_is_taken_up_again":
        "cycle.resume_validation",
    "keepwell.areas.frameworks.tests.test_comparing.TakingIntoUse.test_is_decided_by_who_may":
        "version.take_into_use",
    "keepwell.areas.improvement.tests.test_actions.RollingOut.test_gives_each_site_its_action_once":
        "initiative.roll_out",
    "keepwell.areas.incidents.tests.test_again.Ends.test_where_the_incident_changes":
        "incident.classify incident.enter",
    "keepwell.areas.incidents.tests.test_attack.TheWords.test_are_told_in_the_timeline_and_kept":
        "incident.describe_attack incident.lift incident.name_person",
    "keepwell.areas.incidents.tests.test_clocks.Owners.test_keep_it_through_a_reckoning": "clock.assign",
    "keepwell.areas.incidents.tests.test_clocks.RulesHere.test_that_are_switched_off_bind_what_became_known_before":
        "ruleinforce.switch_off",
    "keepwell.areas.incidents.tests.test_clocks.RulesHere.test_with_our_own_deadline_take_it":
        "ruleinforce.set_own_deadline",
    "keepwell.areas.incidents.tests.test_custody.ATimeline.test_tells_of_a_correction_and_of_the_end":
        "custodyentry.correct piece.destroy",
    "keepwell.areas.incidents.tests.test_customers.Naming.test_is_for_who_may_work_on_it_and_kept":
        "incident.name_customers",
    "keepwell.areas.incidents.tests.test_dossier_parts.Sites.test_are_told_with_question_and_answer":
        "incident.ask_sites incident.decide_materiality timelineentry.correct",
    "keepwell.areas.incidents.tests.test_incidents.Working.test_leads_step_by_step_to_the_close":
        "incident.begin_review incident.close incident.contain incident.recover incident.respond",
    "keepwell.areas.incidents.tests.test_indicators.Changing.test_marks_wider_by_who_decides_and_never_so_that_one_could_not_read_it":
        "incident.add_indicator indicator.change_known",
    "keepwell.areas.incidents.tests.test_indicators.Retracting.test_keeps_it_with_its_reason_and_takes_it_out_of_the_lists":
        "indicator.reinstate",
    "keepwell.areas.incidents.tests.test_indicators_seen.Elsewhere.test_that_few_may_know_is_carried_nowhere_else":
        "incident.merge",
    "keepwell.areas.incidents.tests.test_mailing.Mailing.test_is_on_its_way_once":
        "clock.draft incidentnotice.send_by_mail incidentnotice.write",
    "keepwell.areas.incidents.tests.test_marks.Marking.test_is_offered_where_something_is_narrower":
        "incident.widen_entries",
    "keepwell.areas.incidents.tests.test_marks.ReadingEntries.test_ends_for_who_wrote_them_when_they_are_taken_off":
        "namedperson.take_off",
    "keepwell.areas.incidents.tests.test_outbox.AMeeting.test_is_changed_and_called_off_by_who_may_work_on_it":
        "incident.call_meeting",
    "keepwell.areas.incidents.tests.test_outbox.AMeeting.test_is_sent_again_to_whom_it_was_refused_and_to_nobody_else":
        "responsemeeting.send_again",
    "keepwell.areas.incidents.tests.test_photos.InCustody.test_not_of_what_lies_sealed_with_the_report_as_it_came":
        "report.open_incident",
    "keepwell.areas.incidents.tests.test_tasks.Owing.test_is_handed_on_to_somebody_who_may_work_on_it":
        "incident.take_playbook incidenttask.hand_on",
    "keepwell.areas.incidents.tests.test_tasks.Words.test_tell_how_late_a_task_is": "incident.add_task",
    "keepwell.areas.incidents.tests.test_ways.AnotherWay.test_is_for_who_may_work_on_the_incident":
        "incidentnotice.record_sent",
    "keepwell.areas.reporting.tests.test_outcomes.Restating.test_is_refused_where_nothing_differs":
        "unit.freeze_year",
    "keepwell.platform.evidence.tests.test_custody.AFile.test_waits_for_nobody_while_the_store_is_away":
        "piece.take_into_custody",
    "keepwell.platform.evidence.tests.test_custody.AnObject.test_is_returned_and_taken_again": "piece.give_back",
    "keepwell.platform.evidence.tests.test_holding.PastRetention.test_is_kept_anew_when_the_same_comes_again_meanwhile":
        "piece.purge",
}  # fmt: skip
"""Each story with the acts that are swept in it."""
BY_STORY = {verb: story for story, verbs in STORIES.items() for verb in verbs.split()}
NOT_YET = {
    "action.join", "action.send_back", "action.trace", "action.verify", "assessment.send_back", "assessment.weigh",
    "certificate.record_audit", "certificate.resume", "clock.give_reason", "cycle.add_site", "cycle.remind",
    "escalationcall.acknowledge_level", "figure.freeze", "figure.restate", "figure.take_back", "grant.reject",
    "grouprule.approve", "grouprule.reject", "incident.add_indicators", "incident.link", "incident.raise_lesson",
    "incident.record_cost", "incident.reopen", "incident.split", "incident.take_apart",
    "incidentnotice.record_supplement", "incidentnotice.send_back",
    "link.unlink", "node.ask_again", "node.withdraw", "person.erase", "piece.add_version", "piece.hand_over",
    "piece.lift", "piece.link", "report.answer", "report.join", "responsemeeting.change_meeting", "unit.close",
    "unit.count_heads", "version.draft_next", "version.put_aside", "version.take_up_again",
}  # fmt: skip
"""What is swept nowhere yet; nothing new comes in here."""
