"""Where every act is swept: by a sample of its record (test_sweep), or in the story that does it (test_sweep_stories)."""

from __future__ import annotations

BY_SAMPLE = {
    "action.begin", "action.drop", "action.finish", "action.postpone", "action.retire", "assessment.recommend_here",
    "assessment.withdraw", "benchmark.retire_benchmark", "benchmarkfigure.retire_figure",
    "businesscalendar.retire_calendar", "calendarday.take_back_day", "certificate.retire", "certificate.suspend",
    "certificate.withdraw", "channel.retire_channel", "criticalsystem.decommission", "cycle.approve_targets",
    "cycle.take_every_site", "dutyshift.relieve", "exposureanswer.answer",
    "exposureanswer.mark_question", "figure.sign_off", "grant.end",
    "grant.take_back", "grouprule.end", "implicatedperson.clear", "implicatedperson.confirm",
    "incident.acknowledge", "incident.mark", "incident.restrict",
    "incident.withdraw", "incidentcost.mark_cost", "incidentcost.strike", "incidentevent.take_back_event",
    "incidentnotice.approve", "incidentnotice.discard", "incidentnotice.mark_notice", "incidentreview.mark_review",
    "incidentreview.rewrite", "incidenttask.finish",
    "incidenttask.leave_out", "incidenttask.mark_task", "indicator.retract", "initiative.close",
    "legalstanding.end_standing", "noticeclause.end_clause", "outsider.hand_over", "ownrule.confirm",
    "ownrule.discard", "person.end_employment",
    "person.transfer", "piece.hold", "piece.retire", "receivedmail.make_report", "receivedmail.set_aside",
    "recommendation.decline", "recommendation.retire_recommendation", "report.mark_report", "report.settle", "report.take",
    "responsemeeting.call_off", "responsemeeting.mark_meeting", "ruleinforce.confirm", "service.end",
    "service.hand_over", "severityscheme.withdraw", "target.approve", "target.retire_target",
    "timelineentry.mark_entry", "unit.move", "unit.sign_year", "webhook.retire_webhook",
}  # fmt: skip
"""What a sample, as it is made, reaches by answers that suit any question."""
STORIES = {
    "keepwell.areas.administration.tests.test_outside.Ending.test_of_a_stay_takes_everything_at_once": "outsider.dismiss",
    "keepwell.areas.administration.tests.test_proposals.Proposal.test_that_is_rejected_can_be_made_anew": "grant.reject",
    "keepwell.areas.administration.tests.test_proposals.RuleOfAGroup.test_for_the_group_waits_for_a_second_person":
        "grouprule.approve",
    "keepwell.areas.administration.tests.test_proposals.RuleOfAGroup.test_that_is_rejected_gives_nothing_and_can_be_made_anew":
        "grouprule.reject",
    "keepwell.areas.administration.tests.test_ways_up.ASecondPerson.test_is_one_again_after_fourteen_days": "grant.approve",
    "keepwell.areas.assessment.tests.test_board.TheBoard.test_reminds_late_sites_in_one_act_once_a_day": "cycle.remind",
    "keepwell.areas.assessment.tests.test_by_hand.ItAndOtInOne.test_is_answered_frozen_and_followed_over_the_years":
        "assessment.submit assessment.validate cycle.begin_validation cycle.open_cycle",
    "keepwell.areas.assessment.tests.test_colleagues.AColleague.test_finds_it_under_what_is_due":
        "assessment.share assessment.unshare",
    "keepwell.areas.assessment.tests.test_comparing.OwnWeights.test_are_typed_by_who_decides": "assessment.weigh",
    "keepwell.areas.assessment.tests.test_comparing.Targets.test_hold_only_while_they_are_approved": "target.take_back",
    "keepwell.areas.assessment.tests.test_next_version.Withdrawing.test_can_be_taken_back_with_what_it_lies_below":
        "node.ask_again node.withdraw version.draft_next",
    "keepwell.areas.assessment.tests.test_opening.ALateSite.test_joins_and_disturbs_nobody": "cycle.add_site",
    "keepwell.areas.assessment.tests.test_opening.RollingForward.test_drafts_the_next_year_with_sites_rules_and_proposed_targets":
        "cycle.roll_forward",
    "keepwell.areas.assessment.tests.test_planning.Deciding.test_is_refused_where_one_has_no_right": "cycle.recommend",
    "keepwell.areas.assessment.tests.test_planning.Deciding.test_makes_one_initiative_of_the_same_gap_at_many_sites":
        "cycle.make_initiative recommendation.accept",
    "keepwell.areas.assessment.tests.test_planning.Deciding.test_takes_the_foremost_in_one_act": "cycle.accept_foremost",
    "keepwell.areas.assessment.tests.test_profiles.TakingAProfile.test_is_for_who_may_edit_at_the_cycle": "cycle.take_profile",
    "keepwell.areas.assessment.tests.test_restating.TheRestatedYear.test_follows_a_restatement_of_the_frozen_year":
        "cycle.freeze",
    "keepwell.areas.assessment.tests.test_restating.TheRestatedYear.test_follows_another_rule_of_what_counts":
        "cycle.change_method",
    "keepwell.areas.assessment.tests.test_validating.AWithdrawnAssessment.test_is_not_waited_for": "cycle.publish",
    "keepwell.areas.assessment.tests.test_validating.Publishing.test_closes_the_scores_until_validation_is_taken_up_again":
        "cycle.resume_validation",
    "keepwell.areas.assessment.tests.test_validating.Returning.test_tells_the_officer_what_and_why": "assessment.send_back",
    "keepwell.areas.assurance.tests.test_audits.Holding.test_takes_the_place_of_the_planned_day_and_ends_what_is_owed":
        "certificate.record_audit",
    "keepwell.areas.assurance.tests.test_counting.Counting.test_pauses_from_suspension_to_resumption": "certificate.resume",
    "keepwell.areas.frameworks.tests.test_comparing.TakingIntoUse.test_ends_when_it_is_put_aside_until_it_is_taken_up_again":
        "version.put_aside version.take_up_again",
    "keepwell.areas.frameworks.tests.test_comparing.TakingIntoUse.test_is_decided_by_who_may": "version.take_into_use",
    "keepwell.areas.improvement.tests.test_actions.Carrying.test_out_again_after_it_was_sent_back": "action.send_back",
    "keepwell.areas.improvement.tests.test_actions.Carrying.test_out_ends_what_its_owner_owes": "action.verify",
    "keepwell.areas.improvement.tests.test_actions.Coming.test_from_a_record_opens_it_for_who_may_see_both": "action.trace",
    "keepwell.areas.improvement.tests.test_actions.RollingOut.test_ends_when_nothing_is_open": "action.join",
    "keepwell.areas.improvement.tests.test_actions.RollingOut.test_gives_each_site_its_action_once": "initiative.roll_out",
    "keepwell.areas.incidents.tests.test_again.Ends.test_where_the_incident_changes": "incident.classify incident.enter",
    "keepwell.areas.incidents.tests.test_attack.TheWords.test_are_told_in_the_timeline_and_kept":
        "incident.describe_attack incident.lift incident.name_person",
    "keepwell.areas.incidents.tests.test_clauses.WithWordsAlone.test_starts_its_clock_where_somebody_says_that_it_applies":
        "clausequestion.say_it_applies clausequestion.say_it_does_not",
    "keepwell.areas.incidents.tests.test_clocks.Corrections.test_of_awareness_move_the_end_back_also_backwards":
        "clock.give_reason",
    "keepwell.areas.incidents.tests.test_clocks.Owners.test_keep_it_through_a_reckoning": "clock.assign",
    "keepwell.areas.incidents.tests.test_clocks.RulesHere.test_that_are_switched_off_bind_what_became_known_before":
        "ruleinforce.switch_off",
    "keepwell.areas.incidents.tests.test_clocks.RulesHere.test_with_our_own_deadline_take_it": "ruleinforce.set_own_deadline",
    "keepwell.areas.incidents.tests.test_custody.ATimeline.test_tells_of_a_correction_and_of_the_end":
        "custodyentry.correct piece.destroy",
    "keepwell.areas.incidents.tests.test_customers.Naming.test_is_for_who_may_work_on_it_and_kept": "incident.name_customers",
    "keepwell.areas.incidents.tests.test_dossier_parts.Sites.test_are_told_with_question_and_answer":
        "incident.ask_sites incident.decide_materiality timelineentry.correct",
    "keepwell.areas.incidents.tests.test_incidents.Working.test_leads_step_by_step_to_the_close":
        "incident.begin_review incident.close incident.contain incident.recover incident.respond",
    "keepwell.areas.incidents.tests.test_indicators.Changing.test_marks_wider_by_who_decides_and_never_so_that_one_could_not_read_it":
        "incident.add_indicator indicator.change_known",
    "keepwell.areas.incidents.tests.test_indicators.OutOfAText.test_comes_what_was_chosen_of_it_and_nothing_else":
        "incident.add_indicators",
    "keepwell.areas.incidents.tests.test_indicators.Retracting.test_keeps_it_with_its_reason_and_takes_it_out_of_the_lists":
        "indicator.reinstate",
    "keepwell.areas.incidents.tests.test_indicators_seen.Elsewhere.test_goes_with_the_incident_that_is_merged":
        "incident.merge",
    "keepwell.areas.incidents.tests.test_intake.WithAName.test_the_code_opens_the_talk_and_nothing_else_does": "report.answer",
    "keepwell.areas.incidents.tests.test_intake.WithAName.test_two_reports_become_one_incident": "report.join",
    "keepwell.areas.incidents.tests.test_ladder.ALevel.test_that_rises_again_after_a_fall_is_told_again":
        "escalationcall.acknowledge_level",
    "keepwell.areas.incidents.tests.test_implicated.KeepingOut.test_gives_the_lead_to_who_keeps_the_leader_out":
        "incident.keep_out_of_incident report.keep_out",
    "keepwell.areas.incidents.tests.test_leading.ALead.test_is_taken_by_who_may_work_on_it": "incident.take_lead",
    "keepwell.areas.incidents.tests.test_lessons.AReview.test_is_taken_up_again_by_who_decides_when_something_came_up":
        "incident.raise_lesson incident.reopen",
    "keepwell.areas.incidents.tests.test_links.Linking.test_shows_each_beside_the_other": "incident.link",
    "keepwell.areas.incidents.tests.test_mailing.Mailing.test_is_on_its_way_once":
        "clock.draft incidentnotice.send_by_mail incidentnotice.write",
    "keepwell.areas.incidents.tests.test_marks.Marking.test_is_offered_where_something_is_narrower": "incident.widen_entries",
    "keepwell.areas.incidents.tests.test_marks.ReadingEntries.test_ends_for_who_wrote_them_when_they_are_taken_off":
        "namedperson.take_off",
    "keepwell.areas.incidents.tests.test_notices.Approving.test_closes_the_text_until_it_is_sent_back":
        "incidentnotice.send_back",
    "keepwell.areas.incidents.tests.test_outbox.AMeeting.test_is_changed_and_called_off_by_who_may_work_on_it":
        "incident.call_meeting",
    "keepwell.areas.incidents.tests.test_outbox.AMeeting.test_is_sent_again_to_whom_it_was_refused_and_to_nobody_else":
        "responsemeeting.send_again",
    "keepwell.areas.incidents.tests.test_outbox.AMeeting.test_takes_further_people_in_and_some_out_and_troubles_nobody_else":
        "responsemeeting.change_meeting",
    "keepwell.areas.incidents.tests.test_photos.InCustody.test_not_of_what_lies_sealed_with_the_report_as_it_came":
        "report.open_incident",
    "keepwell.areas.incidents.tests.test_scheme_doors.ThePage.test_offers_approval_to_a_second_person_who_may_decide":
        "severityscheme.approve",
    "keepwell.areas.incidents.tests.test_reviews.Writing.test_goes_part_by_part_until_it_closes": "incident.write_review",
    "keepwell.areas.incidents.tests.test_evidence_marks.ALink.test_is_marked_by_who_may_read_it_then": "incident.mark_evidence",
    "keepwell.areas.incidents.tests.test_splitting.Splitting.test_takes_over_who_leads_where_somebody_took_it_up":
        "incident.split",
    "keepwell.areas.incidents.tests.test_taking_apart.UndoingAMerge.test_can_be_done_once_by_who_may_work_on_both":
        "incident.take_apart",
    "keepwell.areas.incidents.tests.test_tasks.Owing.test_is_handed_on_to_somebody_who_may_work_on_it":
        "incident.take_playbook incidenttask.hand_on",
    "keepwell.areas.incidents.tests.test_tasks.Words.test_tell_how_late_a_task_is": "incident.add_task",
    "keepwell.areas.incidents.tests.test_timeline.Costs.test_are_summed_by_currency_without_what_was_taken_out":
        "incident.record_cost",
    "keepwell.areas.incidents.tests.test_ways.AnotherWay.test_is_for_who_may_work_on_the_incident": "incidentnotice.record_sent",
    "keepwell.areas.incidents.tests.test_ways.AnotherWay.test_leaves_a_supplement_owed_until_it_is_recorded":
        "incidentnotice.record_supplement",
    "keepwell.areas.organization.tests.test_structure.Closing.test_keeps_the_last_day": "unit.close",
    "keepwell.areas.organization.tests.test_structure.CountingHeads.test_takes_the_headcount_of_the_day": "unit.count_heads",
    "keepwell.areas.reporting.tests.test_outcomes.Freezing.test_of_one_figure_leaves_the_others_signed": "figure.freeze",
    "keepwell.areas.reporting.tests.test_outcomes.Restating.test_is_refused_where_nothing_differs": "unit.freeze_year",
    "keepwell.areas.reporting.tests.test_outcomes.Restating.test_puts_todays_count_beside_the_frozen_value": "figure.restate",
    "keepwell.areas.reporting.tests.test_outcomes.Signing.test_can_be_taken_back_with_a_reason": "figure.take_back",
    "keepwell.platform.evidence.tests.test_custody.AFile.test_waits_for_nobody_while_the_store_is_away":
        "piece.take_into_custody",
    "keepwell.platform.evidence.tests.test_custody.AnObject.test_is_returned_and_taken_again": "piece.give_back",
    "keepwell.platform.evidence.tests.test_custody.AnObject.test_shows_a_digest_that_differs_and_refuses_nothing":
        "piece.hand_over",
    "keepwell.platform.evidence.tests.test_holding.Held.test_ends_when_it_is_lifted": "piece.lift",
    "keepwell.platform.evidence.tests.test_holding.PastRetention.test_is_kept_anew_when_the_same_comes_again_meanwhile":
        "piece.purge",
    "keepwell.platform.evidence.tests.test_keeping.Linking.test_ends_with_a_reason_and_may_begin_anew": "link.unlink piece.link",
    "keepwell.platform.evidence.tests.test_programs.ByApi.test_versions_are_added_and_listed": "piece.add_version",
    "tests.test_erasure.ErasingSomebody.test_is_told_in_the_trail_without_the_name": "person.erase",
}  # fmt: skip
"""Each story with the acts that are swept in it."""
BY_STORY = {verb: story for story, verbs in STORIES.items() for verb in verbs.split()}
