"""The part of pydantic that the check of submissions uses, in the standard library alone.

A standalone validator has no pydantic, so this module takes its place there: the models of the
toolkit, their checks of values, and the types of errors that `xacle_eval.submissions.description`
reads. Tests compare both for valid and invalid values. What the check does not use, such as a JSON
Schema, is left out, and using it is an AttributeError.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, get_args, get_origin

from xacle_eval.hosting.stand_ins.values import (
    MISSING,
    AfterValidator,
    FaultyError,
    FieldInfo,
    Place,
    StringConstraints,
    call,
    checked,
    fault,
    refuse,
)

__all__ = [
    "AfterValidator",
    "BaseModel",
    "ConfigDict",
    "Field",
    "PrivateAttr",
    "StringConstraints",
    "ValidationError",
    "ValidationInfo",
    "field_validator",
    "model_validator",
]

ConfigDict = dict


class ValidationError(ValueError):
    """Values that a model does not accept; `errors` describes each of them."""

    def __init__(self, faults: Sequence[Mapping[str, Any]]) -> None:
        self._faults = [dict(fault) for fault in faults]
        super().__init__("; ".join(f"{fault['loc']}: {fault['type']}" for fault in faults))

    def errors(self, *, include_url: bool = True) -> list[dict[str, Any]]:  # noqa: ARG002
        """Return the type, location, input and limits of each error."""
        return self._faults


def Field(default: Any = MISSING, **settings: Any) -> Any:  # noqa: N802 -- the name of pydantic
    """Return the settings of a field; the challenge's own data were checked strictly before."""
    settings.pop("strict", None)
    return FieldInfo(default=default, **settings)


@dataclass(frozen=True)
class _Private:
    default: Any = None
    default_factory: Callable[[], Any] | None = None

    def value(self) -> Any:
        return self.default if self.default_factory is None else self.default_factory()


def PrivateAttr(default: Any = None, **settings: Any) -> Any:  # noqa: N802 -- the name of pydantic
    """Return the default of an attribute that is no field."""
    return _Private(default, **settings)


@dataclass(frozen=True)
class ValidationInfo:
    """What a check of one field knows: the valid fields before it."""

    data: Mapping[str, Any]
    context: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class _Check:
    """A method that checks one or more fields (`fields`), or the whole model."""

    method: Any
    fields: tuple[str, ...]
    before: bool


def field_validator(*fields: str) -> Callable[[Any], Any]:
    """Mark a method that checks fields after their type."""
    return lambda method: _Check(method, fields, before=False)


def model_validator(*, mode: str) -> Callable[[Any], Any]:
    """Mark a method that checks a model, before or after its fields."""
    return lambda method: _Check(method, (), mode == "before")


class _ModelType(type):
    """The type of models; annotations are read when fields are needed first."""

    _own_checks: dict[str, _Check]
    _own_private: dict[str, _Private]

    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> _ModelType:
        checks = {key: each for key, each in namespace.items() if isinstance(each, _Check)}
        own = {key: each for key, each in namespace.items() if key not in checks}
        made = super().__new__(cls, name, bases, own)
        made._own_checks = checks
        made._own_private = {}
        for key in [key for key in _annotations(made) if key.startswith("_")] if bases else ():
            given = own.get(key)
            made._own_private[key] = given if isinstance(given, _Private) else _Private(given)
            if key in own:  # it would hide the attribute of an instance
                delattr(made, key)
        config: dict[str, Any] = {}
        for base in reversed(made.__mro__):
            config.update(vars(base).get("model_config", {}))
        made.model_config = config
        return made

    model_config: dict[str, Any]

    @property
    def model_fields(cls) -> dict[str, FieldInfo]:
        """The fields by name, those of the base first."""
        if "_fields" not in vars(cls):
            fields: dict[str, FieldInfo] = {}
            for base in reversed(cls.__mro__):
                if isinstance(base, _ModelType):
                    fields.update(_own_fields(base))
            cls._fields = fields
        return cls._fields

    _fields: dict[str, FieldInfo]

    @property
    def private_attributes(cls) -> dict[str, _Private]:
        """The defaults of the attributes that are no fields."""
        found: dict[str, _Private] = {}
        for base in reversed(cls.__mro__):
            found.update(vars(base).get("_own_private", {}))
        return found

    @property
    def checks(cls) -> list[_Check]:
        """The checks of the model, those of the base first."""
        found: dict[str, _Check] = {}
        for base in reversed(cls.__mro__):
            found.update(vars(base).get("_own_checks", {}))
        return list(found.values())


def _annotations(model: type) -> dict[str, Any]:
    return {
        name: written
        for name, written in inspect.get_annotations(model).items()
        if not str(written).startswith("ClassVar")
    }


def _own_fields(model: _ModelType) -> dict[str, FieldInfo]:
    module = vars(sys.modules[model.__module__])
    fields = {}
    for name, written in _annotations(model).items():
        if name.startswith(("_", "model_")):
            continue
        # The annotations are those of the toolkit's own models.
        annotation = eval(written, module) if isinstance(written, str) else written  # noqa: S307
        metadata: tuple[Any, ...] = ()
        if get_origin(annotation) is Annotated:
            annotation, *given = get_args(annotation)
            metadata = tuple(given)
        default = vars(model).get(name, MISSING)
        info = default if isinstance(default, FieldInfo) else FieldInfo(default)
        fields[name] = FieldInfo(**{**vars(info), "annotation": annotation, "metadata": metadata})
    return fields


class BaseModel(metaclass=_ModelType):
    """A model: named values of declared types."""

    __slots__ = ("__dict__", "_private", "model_fields_set")

    _private: dict[str, Any]
    model_fields_set: set[str]
    model_config: dict[str, Any] = {}  # noqa: RUF012 -- as in pydantic

    def __init__(self, **values: Any) -> None:
        try:
            _fill(self, values, ())
        except FaultyError as error:
            raise ValidationError(error.faults) from None

    @classmethod
    def model_validate(cls, value: Any) -> Any:
        """Return the model of a mapping.

        Raises
        ------
        ValidationError
            If values are missing, unknown or wrong; all errors are in it.
        """
        try:
            return cls.checked(value, ())
        except FaultyError as error:
            raise ValidationError(error.faults) from None

    @classmethod
    def checked(cls, value: Any, place: Place) -> Any:
        """Return the model of a mapping at a place in other values.

        Raises
        ------
        FaultyError
            If values are missing, unknown or wrong.
        """
        if isinstance(value, cls):
            return value
        for check in cls.checks:
            if check.before:
                value = check.method.__get__(None, cls)(value)
        if not isinstance(value, dict):
            raise refuse("model_type", place, value)
        made = cls.__new__(cls)
        _fill(made, value, place)
        return made

    @classmethod
    def model_construct(cls, _fields_set: set[str] | None = None, **values: Any) -> Any:
        """Return a model of valid values, without a check of them."""
        fields = cls.model_fields.items()
        filled = {
            name: values[name] if name in values else info.default_value() for name, info in fields
        }
        # An empty set is given, too: no value was set.
        given = set(values) if _fields_set is None else set(_fields_set)
        return _new(cls, filled, _privates(cls), given)

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_"):
            self._private[name] = value
        else:
            raise ValidationError([fault("frozen_instance", (name,), value)])

    def __getattr__(self, name: str) -> Any:
        # Only for names that are in no other place.
        private = object.__getattribute__(self, "_private")
        if name in private:
            return private[name]
        raise AttributeError(f"{type(self).__name__} has no attribute {name}")

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        return ((name, self.__dict__[name]) for name in type(self).model_fields)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and list(self) == list(other)

    def __hash__(self) -> int:
        return hash((type(self), tuple(value for _, value in self)))

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Any:  # noqa: ARG002
        """Return a copy with some values replaced, without a check of them."""
        changes = update or {}
        values = {**self.__dict__, **changes}
        return _new(type(self), values, dict(self._private), self.model_fields_set | set(changes))

    def model_dump(self, *, mode: str = "python") -> dict[str, Any]:
        """Return the values; with the mode ``json``, of the types that JSON has."""
        return {name: _plain(value, as_json=mode == "json") for name, value in self}


def _plain(value: Any, *, as_json: bool) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json" if as_json else "python")
    if isinstance(value, dict):
        return {key: _plain(each, as_json=as_json) for key, each in value.items()}
    if isinstance(value, list | tuple):
        items = [_plain(each, as_json=as_json) for each in value]
        return items if as_json or isinstance(value, list) else tuple(items)
    return value


def _new(
    model: type[BaseModel], values: dict[str, Any], private: dict[str, Any], given: set[str]
) -> Any:
    made = model.__new__(model)
    _set_up(made, values, private, given)
    return made


def _set_up(
    made: BaseModel, values: dict[str, Any], private: dict[str, Any], given: set[str]
) -> None:
    object.__setattr__(made, "_private", private)
    object.__setattr__(made, "model_fields_set", given)
    made.__dict__.update(values)


def _privates(model: type[BaseModel]) -> dict[str, Any]:
    return {name: each.value() for name, each in model.private_attributes.items()}


def _fill(made: BaseModel, given: Mapping[str, Any], place: Place) -> None:
    """Check the values of a model and store them; all faults are raised together."""
    model = type(made)
    values: dict[str, Any] = {}
    faults: list[dict[str, Any]] = []
    for name, info in model.model_fields.items():
        try:
            values[name] = _field_value(model, name, info, given, values, place)
        except FaultyError as error:
            faults += error.faults
    if model.model_config.get("extra") == "forbid":
        unknown = [name for name in given if name not in model.model_fields]
        faults += [fault("extra_forbidden", (*place, name), given[name]) for name in unknown]
    if faults:
        raise FaultyError(faults)
    _set_up(made, values, _privates(model), set(given))
    for check in model.checks:
        if not check.fields and not check.before:
            call(partial(check.method, made), place, given)


def _field_value(
    model: type[BaseModel],
    name: str,
    info: FieldInfo,
    given: Mapping[str, Any],
    values: Mapping[str, Any],
    place: Place,
) -> Any:
    here = (*place, name)
    if name in given:
        strict = bool(model.model_config.get("strict"))
        value = checked(info.annotation, (*info.metadata, info), given[name], here, strict)
    elif info.is_required:
        raise refuse("missing", here, given)
    else:
        value = info.default_value()
        if not info.validate_default:
            return value
    for check in model.checks:
        if name in check.fields:
            method = check.method.__get__(None, model)
            takes_info = len(inspect.signature(method).parameters) > 1
            more = (ValidationInfo(values),) if takes_info else ()
            value = call(partial(method, value, *more), here, value)
    return value
