using Blindsight.Compiler.Leveled;
using Blindsight.HomomorphicEncryption.Ckks;

namespace Blindsight.Inference.Deployments.Leveled;

/// <summary>
/// Times that packings are chosen by: transforms and products of rows as docs/PERFORMANCE.md counts them, at nominal rates. Only their proportions matter, so
/// they are not measured anew on each machine.
/// </summary>
internal sealed class LeveledCosts(double linkBytesPerSecond) : ILeveledCost
{
    /// <summary>Nanoseconds for each coefficient and halving of a transform, and for each coefficient of a product of rows, or with one number.</summary>
    private const double Transform = 0.17, Row = 0.29, ConstantRow = 0.2;

    /// <summary>Transforms a prime that encoding, encrypting, packing and reading an input come to, and its memory.</summary>
    private const int InputWork = 6;

    /// <summary>Transforms a prime that writing, reading, decrypting and decoding a ciphertext come to.</summary>
    private const int DecryptionWork = 8;

    public double Seconds(LeveledOperation operation, int slots, int level)
    {
        double degree = 2.0 * slots, transform = Transform * degree * Math.Log2(degree), row = Row * degree;
        double switching = (level * level + 3 * level + 2) * transform + 2 * level * (level + 1) * row;
        double hoisted = (4 * level + 2) * transform + 2 * level * (level + 1) * row, rescaling = 2 * level * (transform + row);
        return 1e-9 * operation switch
        {
            LeveledOperation.Input => InputWork * (level + 1) * transform + 1e9 * InputBytes(slots, level) / linkBytesPerSecond,
            LeveledOperation.Decryption => DecryptionWork * level * transform + 2e9 * InputBytes(slots, level) / linkBytesPerSecond,
            LeveledOperation.PlainProduct => 2 * level * row,
            LeveledOperation.ConstantProduct => 2 * level * ConstantRow * degree,
            LeveledOperation.Product => 4 * level * row,
            LeveledOperation.OperandRotation => hoisted,
            LeveledOperation.Rotation => switching,
            LeveledOperation.Rescaling => rescaling,
            LeveledOperation.Relinearisation => switching + rescaling,
            _ => throw new ArgumentOutOfRangeException(nameof(operation)),
        };
    }

    public long WeightBytes(bool encrypted, int slots, int level) => sizeof(double) * 2L * slots * level * (encrypted ? 2 : 1);

    /// <summary>A seed and one polynomial of 50 bits a coefficient and prime.</summary>
    private static double InputBytes(int slots, int level) => 2.0 * slots * level * LeveledParameters.OuterBits / 8;
}
