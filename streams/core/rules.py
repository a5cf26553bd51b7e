"""The rules of one epoch: what facts are booked under, and by when things have to be done."""

from schemas.dimensions import OTHER
from schemas.events import MEASURE_NAME
from schemas.metrics import duration_ms
from streams.business_time import Calendars
from streams.core.admission import Refused
from streams.core.configuration import Configuration
from streams.core.definitions import Definitions
from streams.core.policies import Policies


class Rules:
    """The configuration of one epoch, its registry resolved to definition numbers.

    A case, response or deadline is folded under the rules it began with until it is forgotten, so that a retraction
    always finds the definition under which the fact was booked.
    """

    def __init__(self, configuration: Configuration, definitions: Definitions) -> None:
        self.segment_cap = configuration.segment_cap
        published, registry = configuration.published, configuration.registry
        self.calendars = Calendars(published.calendars)
        self.policies = Policies(published.sla_policies, registry, definitions)
        self.later: Rules | None = None
        """Those of the next epoch."""
        self._registry = configuration.registry
        self._definitions = definitions
        self._measure_cap = configuration.dimension_cap
        self._answers: dict[tuple[str, str], int] = {}
        self._gaps: dict[tuple[str, str], int] = {}
        self._measures: dict[str, int] = {}
        required = self._registry.required
        self.response_rate = definitions.number(required("response_rate"))
        self.survey_cap_kept = definitions.number(required("survey_cap_kept"))
        self.repeat_contact_rate = definitions.number(required("repeat_contact_rate"))
        self.surveys_suppressed = definitions.number(required("surveys_suppressed"))
        self.surveys_declined = definitions.number(required("surveys_declined"))
        self.surveys_partial = definitions.number(required("surveys_partial"))
        self.delivery_rate = definitions.number(required("delivery_rate"))
        self.completion_rate = definitions.number(required("completion_rate"))
        self.completion_time = definitions.number(required("completion_time"))
        self.first_response = definitions.number(required("first_response"))
        self.next_reply = definitions.number(required("next_reply"))
        self.resolution = definitions.number(required("resolution"))
        self.requester_wait = definitions.number(required("requester_wait"))
        self.resolution_full = definitions.number(required("resolution_full"))
        self.attainment = definitions.number(required("first_response_attainment"))
        self.first_response_business = definitions.number(required("first_response_business"))
        self.next_reply_business = definitions.number(required("next_reply_business"))
        self.resolution_business = definitions.number(required("resolution_business"))
        self.attainment_business = definitions.number(required("first_response_attainment_business"))
        self.unknown_calendars = definitions.number(required("unknown_calendars"))
        self.unknown_sla_policies = definitions.number(required("unknown_sla_policies"))
        self.cases_opened = definitions.number(required("cases_opened"))
        self.cases_resolved = definitions.number(required("cases_resolved"))
        self.cases_reopened = definitions.number(required("cases_reopened"))
        self.orphans = definitions.number(required("orphans"))
        self.contradictions = definitions.number(required("contradictions"))
        self.queue_wait = definitions.number(required("queue_wait"))
        self.service_level = definitions.number(required("service_level"))
        self.abandonment = definitions.number(required("abandonment"))
        self.short_abandons = definitions.number(required("short_abandons"))
        self.promise_kept = definitions.number(required("promise_kept"))
        self.followup_rate = definitions.number(required("followup_rate"))
        self.followup_delay = definitions.number(required("followup_delay"))
        self.retention_rate = definitions.number(required("retention_rate"))
        self.customers_joined = definitions.number(required("customers_joined"))
        self.customers_left = definitions.number(required("customers_left"))
        self.first_time_fix = definitions.number(required("first_time_fix"))
        self.resolution_rate = definitions.number(required("resolution_rate"))
        self.reopen_rate = definitions.number(required("reopen_rate"))
        self.first_contact_resolution = definitions.number(required("first_contact_resolution"))
        self.escalation_rate = definitions.number(required("escalation_rate"))
        self.complaint_contact = definitions.number(required("complaint_contact"))
        self.complaint_validity = definitions.number(required("complaint_validity"))
        self.ownership_kept = definitions.number(required("ownership_kept"))
        self.resolution_confirmed = definitions.number(required("resolution_confirmed"))
        self.complaint_transfers = definitions.number(required("complaint_transfers"))
        self.survey_cap = required("survey_cap_kept").limit or 0
        """So many invitations a customer may get within `survey_cap_span_ms`."""
        self.survey_cap_span_ms = required("survey_cap_kept").objective_ms or 0
        self.repeat_target_ms = required("repeat_contact_rate").objective_ms or 0
        """Within this many ms after a case another one for the same reason is a repeat."""
        self.first_response_target_ms = required("first_response").objective_ms or 0
        """Objective of the first response, ms; 0 ms means that nothing can be missed."""
        self.business_target_ms = required("first_response_business").objective_ms or 0
        """The same in business time."""
        self.service_level_target_ms = required("service_level").objective_ms or 0
        """How long a customer may wait in a queue, ms; 0 ms means that nothing can be missed."""
        self.shortest_abandon_ms = required("abandonment").objective_ms or 0
        """Waits given up before this many ms are short abandons."""
        self.retention_target_ms = required("retention_rate").objective_ms or 0
        """How long a customer has to stay, ms; 0 ms means that nobody looks."""
        self.repair_target_ms = required("first_time_fix").objective_ms or 0
        """How long a repair has to last, ms; 0 ms means that nobody looks."""
        self.resolution_target_ms = required("resolution_rate").objective_ms or 0
        """From the opening of a case to its first resolution, ms; 0 ms means that nothing can be missed."""
        self.reopen_target_ms = required("reopen_rate").objective_ms or 0
        """How long a resolved case must not come back, ms; 0 ms means that nobody looks."""
        self.contact_targets_ms = [duration_ms(target) for target in required("complaint_contact").targets]
        """From the opening of a complaint to the first answer: general, important, crisis; ms."""

    def answer(self, metric: str, scale: str) -> int:
        """Definition number of answers to a survey metric on one of its scales, by the first rules from these on that
        know the metric: a response may have begun before its metric was registered."""
        number = self._answers.get((metric, scale))
        if number is None:
            number = self._answers[metric, scale] = self._answer(metric, scale)
        return number

    def _answer(self, metric: str, scale: str) -> int:
        registered = self._registry.metrics.get(metric)
        if registered is not None:
            return self._definitions.number(registered, scale)
        assert self.later is not None  # an answer is accepted only under rules that know its metric
        return self.later.answer(metric, scale)

    def expectation_gap(self, metric: str, scale: str) -> int:
        """Definition number of the gaps of a survey metric on one of its scales, by the same rules as its answers."""
        number = self._gaps.get((metric, scale))
        if number is None:
            number = self._gaps[metric, scale] = self._expectation_gap(metric, scale)
        return number

    def _expectation_gap(self, metric: str, scale: str) -> int:
        registered = self._registry.metrics.get(metric)
        if registered is not None:
            return self._definitions.gap_number(self._registry.required("expectation_gap"), registered, scale)
        assert self.later is not None  # as in `_answer`
        return self.later.expectation_gap(metric, scale)

    def measured(self, name: str) -> int:
        """Definition number of a measured duration; names past the cap share ``measured.__other__``.

        Raises Refused when the name is none: the decoder would look at the same few names again and again.
        """
        number = self._measures.get(name)
        if number is None:
            number = self._measured(name)
        return number

    def _measured(self, name: str) -> int:
        if not MEASURE_NAME.fullmatch(name):
            raise Refused("invalid_event", f"measure does not match {MEASURE_NAME.pattern} - at `$.data.measure`")
        metric = self._registry.measured(name)
        if metric.id not in self._definitions.metrics and self._definitions.measures >= self._measure_cap:
            return self._definitions.number(self._registry.measured(OTHER))
        number = self._measures[name] = self._definitions.number(metric)
        return number


def newest(rules: dict[int, Rules]) -> int:
    """Number of the epoch in force; ``rules`` are in the order of their epochs."""
    return next(reversed(rules))
