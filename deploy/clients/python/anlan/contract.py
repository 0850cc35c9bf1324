# SPDX-License-Identifier: Apache-2.0
"""The messages of the contract, from the descriptors that come with the package."""
import functools
import pathlib

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory


@functools.lru_cache(maxsize=None)
def pool():
    data = (pathlib.Path(__file__).parent / "contract.descriptors").read_bytes()
    made = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(data).file:
        made.Add(file)
    return made


@functools.lru_cache(maxsize=None)
def message(name):
    """The class of a message by its full name: message("anlan.rpc.v1.Request")."""
    descriptor = pool().FindMessageTypeByName(name)
    if hasattr(message_factory, "GetMessageClass"):
        return message_factory.GetMessageClass(descriptor)
    return message_factory.MessageFactory(pool()).GetPrototype(descriptor)


def method_types(method):
    """Request and answer of "package.Service/Method"."""
    service, _, name = method.partition("/")
    found = pool().FindServiceByName(service).FindMethodByName(name)
    return message(found.input_type.full_name), message(found.output_type.full_name)


def value_name(message_name, field, number):
    """The name of an enum's value in a field, without its prefix."""
    kind = pool().FindMessageTypeByName(message_name).fields_by_name[field].enum_type
    value = kind.values_by_number.get(number)
    prefix = "".join("_" + c if c.isupper() else c.upper() for c in kind.name).lstrip("_") + "_"
    return value.name[len(prefix):] if value else str(number)
