"""Runs state machines of Hypothesis, which takes long to import."""

import hypothesis
from hypothesis import Phase
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test


def run_machine(
    machine: type[RuleBasedStateMachine], *, examples: int, steps: int, shrink: bool = False
) -> None:
    """Run it so often; a failure is made small, which takes minutes, only if that's asked for."""
    chosen = hypothesis.settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        phases=(Phase.reuse, Phase.generate, *((Phase.shrink,) if shrink else ())),
        suppress_health_check=list(hypothesis.HealthCheck),
        print_blob=True,
    )
    run_state_machine_as_test(machine, settings=chosen)
