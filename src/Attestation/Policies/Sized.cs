using System.Collections.Immutable;

namespace Blindsight.Attestation.Policies;

/// <summary>Checks of what a policy is made of.</summary>
internal static class Sized
{
    public static Octets Check(Octets value, int bytes, string name)
    {
        ArgumentNullException.ThrowIfNull(value, name);
        return value.Length == bytes ? value : throw new ArgumentException($"{value.Length} bytes, must be {bytes}", name);
    }

    public static ImmutableArray<Octets> CheckAll(ImmutableArray<Octets> values, int bytes, string name)
    {
        if (values.IsDefault) throw new ArgumentException("is not set", name);
        foreach (Octets value in values) Check(value, bytes, name);
        return values;
    }

    public static ImmutableArray<Octets> CheckSome(ImmutableArray<Octets> values, int bytes, string name) =>
        CheckAll(values, bytes, name).IsEmpty ? throw new ArgumentException("names nothing, so nothing could pass", name) : values;
}
