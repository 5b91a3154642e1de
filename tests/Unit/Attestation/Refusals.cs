using Blindsight.Attestation;

namespace Blindsight.Unit.Attestation;

/// <summary>Runs a verification that must fail, and says with which fault.</summary>
internal static class Refusals
{
    public static AttestationFault Fault(Func<object> verify) => Assert.Throws<AttestationException>(verify).Fault;

    /// <summary>
    /// Flips one bit of every byte in turn (bit = position mod 8) and demands a refusal with one of <paramref name="expected"/>.
    /// Returns which of them occurred, so that a test can also demand that each one did.
    /// </summary>
    public static IReadOnlySet<AttestationFault> EveryByteFlipped(
        ReadOnlyMemory<byte> original, Func<byte[], object> verify, Range range, params AttestationFault[] expected)
    {
        byte[] bytes = original.ToArray();
        (int from, int length) = range.GetOffsetAndLength(bytes.Length);
        HashSet<AttestationFault> seen = [];
        for (int i = from; i < from + length; i++)
        {
            byte[] flipped = [.. bytes];
            flipped[i] ^= (byte)(1 << (i % 8));
            AttestationFault fault = Flipped(i, () => verify(flipped));
            Assert.True(expected.Contains(fault), $"byte {i}: {fault}");
            seen.Add(fault);
        }
        return seen;
    }

    private static AttestationFault Flipped(int index, Func<object> verify)
    {
        try
        {
            verify();
        }
        catch (AttestationException e)
        {
            return e.Fault;
        }
        throw new Xunit.Sdk.XunitException($"a flip in byte {index} was accepted");
    }
}
