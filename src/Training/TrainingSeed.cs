using System.Buffers.Binary;
using Blindsight.Arithmetic.Randomness;

namespace Blindsight.Training;

/// <summary>
/// Independent random streams of one training run: functions of seed, purpose and number, so that
/// nothing needs to be stored to resume.
/// </summary>
internal static class TrainingSeed
{
    public static Prg Stream(ulong seed, string purpose, ulong number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, seed);
        return Prg.Derive(bytes, purpose, number);
    }

    /// <summary>A number from 0 to <paramref name="bound"/> - 1, uniform up to a bias below bound / 2^64.</summary>
    public static int Below(this Prg prg, int bound) => (int)Math.BigMul(prg.NextUInt64(), (ulong)bound, out _);
}
