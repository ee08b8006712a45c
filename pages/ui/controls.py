"""Controls as data: drawn in the sidebar, their values in the address, reset to defaults."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st


@dataclass(frozen=True)
class Slider:
    """A slider over evenly spaced numbers; a pair as default makes a range."""

    key: str
    label: str
    help: str
    default: float | tuple[float, float]
    low: float
    high: float
    step: float
    format: str | None = None


@dataclass(frozen=True)
class Steps:
    """A slider over listed values, for scales that are not even."""

    key: str
    label: str
    help: str
    default: float
    options: tuple[float, ...]


@dataclass(frozen=True)
class Choice:
    """One of several, in a list."""

    key: str
    label: str
    help: str
    default: str
    options: tuple[str, ...]
    names: Callable[[str], str] = str


@dataclass(frozen=True)
class Choices:
    """Several of many, in a list; what none means stands in it as a placeholder."""

    key: str
    label: str
    help: str
    default: tuple[str, ...]
    options: tuple[str, ...]
    placeholder: str = ""


@dataclass(frozen=True)
class Segments:
    """One or several of a few, side by side."""

    key: str
    label: str
    help: str
    default: str | tuple[str, ...]
    options: tuple[str, ...]
    names: Callable[[str], str] = str
    labelled: bool = True


@dataclass(frozen=True)
class Switch:
    """On or off."""

    key: str
    label: str
    help: str
    default: bool


@dataclass(frozen=True)
class Number:
    """A number typed in; whole where its default is.

    Its range is checked where it is used: a bounded box keeps the last good number without a word.
    """

    key: str
    label: str
    help: str
    default: float
    step: float | None = None
    format: str | None = None


@dataclass(frozen=True)
class Text:
    """A line of text."""

    key: str
    label: str
    help: str
    default: str
    placeholder: str = ""


Control = Slider | Steps | Choice | Choices | Segments | Switch | Number | Text


def draw_control(control: Control) -> Any:
    """Draw one control where Streamlit now writes; its value is in the address under its key."""
    same: dict[str, Any] = {
        "label": control.label,
        "key": control.key,
        "help": control.help,
        "bind": "query-params",
        "persist_state": "session",
    }
    match control:
        case Slider():
            drawn = st.slider(
                min_value=control.low,
                max_value=control.high,
                value=control.default,
                step=control.step,
                format=control.format,
                **same,
            )
        case Steps():
            drawn = st.select_slider(options=control.options, value=control.default, **same)
        case Choice():
            index = control.options.index(control.default)
            drawn = st.selectbox(
                options=control.options, index=index, format_func=control.names, **same
            )
        case Choices():
            drawn = st.multiselect(
                options=control.options,
                default=control.default,
                placeholder=control.placeholder,
                **same,
            )
        case Segments():
            drawn = _draw_segments(control, same)
        case Switch():
            drawn = st.toggle(value=control.default, **same)
        case Number():
            drawn = st.number_input(
                value=control.default, step=control.step, format=control.format, **same
            )
        case Text():
            drawn = st.text_input(value=control.default, placeholder=control.placeholder, **same)
    return drawn


def _draw_segments(control: Segments, same: dict[str, Any]) -> Any:
    several = not isinstance(control.default, str)
    same |= {
        "options": control.options,
        "default": list(control.default) if several else control.default,
        "selection_mode": "multi" if several else "single",
        **({} if several else {"required": True}),
        "format_func": control.names,
        "width": "stretch" if control.labelled else "content",
        "label_visibility": "visible" if control.labelled else "collapsed",
    }
    chosen: Any = st.segmented_control(**same)
    if not several:
        return chosen
    # Nothing chosen means the default: no page has anything to show for an empty choice.
    return tuple(option for option in control.options if option in chosen) or control.default


def draw_controls(primary: Sequence[Control], more: Sequence[Control] = ()) -> dict[str, Any]:
    """Draw the primary controls in the sidebar and the rest under "More".

    Returns:
        The value of each control by its key.
    """
    with st.sidebar:
        values = {control.key: draw_control(control) for control in primary}
        if more:
            with st.expander("More"):
                values |= {control.key: draw_control(control) for control in more}
    return values


def reset_button(controls: Sequence[Control], *, also: Callable[[], None] | None = None) -> None:
    """Draw "Reset", the last of the sidebar: every control returns to its default."""

    def reset() -> None:
        for control in controls:
            value = control.default
            st.session_state[control.key] = (
                list(value)
                if isinstance(value, tuple) and not isinstance(control, Slider)
                else value
            )
        if also is not None:
            also()

    with st.sidebar:
        st.button(
            "Reset",
            key="reset",
            on_click=reset,
            type="tertiary",
            icon=":material/restart_alt:",
            width="stretch",
            help="Bring every control of this page back to its default.",
        )


def sidebar_warning(text: str) -> None:
    """Show a warning beside the controls that it concerns."""
    with st.sidebar:
        st.markdown(f":orange[:material/warning:] {text}")
