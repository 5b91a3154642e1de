namespace Blindsight.Compiler.Leveled;

/// <summary>Seconds and bytes of what a program does, at a level: its multiplications below the inputs' level count down from the depth.</summary>
public interface ILeveledCost
{
    /// <summary>Seconds of an operation on one ciphertext.</summary>
    /// <param name="level">Primes of the modulus of its operands.</param>
    double Seconds(LeveledOperation operation, int slots, int level);

    /// <summary>Bytes of an encoded or an encrypted polynomial of weights in memory.</summary>
    long WeightBytes(bool encrypted, int slots, int level);
}

/// <summary>What a program's evaluation is made of.</summary>
public enum LeveledOperation
{
    /// <summary>An input on its way: made by the holder of the key, sent, read.</summary>
    Input,

    /// <summary>A value on its way to the holder of the key: sent, decrypted, decoded.</summary>
    Decryption,

    /// <summary>A product with an encoded polynomial, added up.</summary>
    PlainProduct,

    /// <summary>A product with a number that is the same in all slots, added up.</summary>
    ConstantProduct,

    /// <summary>A product of two ciphertexts, added up.</summary>
    Product,

    /// <summary>A rotation of an operand that is rotated several times.</summary>
    OperandRotation,

    /// <summary>A rotation of a sum.</summary>
    Rotation,

    /// <summary>A division by a prime.</summary>
    Rescaling,

    /// <summary>A relinearisation and a division by a prime.</summary>
    Relinearisation,
}

/// <summary>What one evaluation of a program costs.</summary>
/// <param name="Seconds">Of one thread.</param>
/// <param name="WeightBytes">Of all weights that are kept.</param>
public sealed record LeveledCost(double Seconds, long WeightBytes)
{
    /// <summary>Counts a program's operations; as the evaluation makes them.</summary>
    public static LeveledCost Of(LeveledProgram program, bool encryptedWeights, ILeveledCost cost)
    {
        int slots = program.Values[0].Layout.Slots;
        double seconds = 0;
        long bytes = 0;
        foreach (LeveledInput input in program.Inputs)
            Count(LeveledOperation.Input, program.Values[input.Value].Layout.Blocks, program.LevelOf(input.Value));
        foreach (LeveledStep step in program.Steps)
        {
            LeveledValue output = program.Values[step.Output];
            if (step is LeveledRefresh refresh)
            {
                Count(LeveledOperation.Decryption, refresh.Operands.Sum(operand => program.Values[operand].Layout.Blocks), 1);
                Count(LeveledOperation.Input, output.Layout.Blocks, program.LevelOf(step.Output));
                continue;
            }
            if (step is not LeveledLinear linear)
            {
                Count(LeveledOperation.Relinearisation, output.Layout.Blocks, program.LevelOf(step.Output) + 1);
                continue;
            }
            int level = program.OperandLevelOf(linear);
            foreach (LeveledTerm term in linear.Terms)
            {
                ICollection<DiagonalPlace> places = [.. term.Matrix.Diagonals.Keys];
                int sums = places.Select(place => (place.To, term.GiantOf(place.Shift))).Distinct().Count();
                int turned = places.Where(place => term.GiantOf(place.Shift) != 0).Select(place => (place.To, term.GiantOf(place.Shift))).Distinct().Count();
                Count(LeveledOperation.OperandRotation, places.Where(place => term.BabyOf(place.Shift) != 0)
                    .Select(place => (place.From, term.BabyOf(place.Shift))).Distinct().Count(), level);
                bool constant = output.Layout.Positions == 1;
                Count(encryptedWeights ? LeveledOperation.Product : constant ? LeveledOperation.ConstantProduct : LeveledOperation.PlainProduct,
                    places.Count, level);
                Count(encryptedWeights ? LeveledOperation.Relinearisation : LeveledOperation.Rescaling, sums, level);
                Count(LeveledOperation.Rotation, turned + term.Matrix.Folds.Count() * output.Layout.Blocks, program.LevelOf(step.Output));
                if (encryptedWeights || !constant) bytes += places.Count * cost.WeightBytes(encryptedWeights, slots, level);
            }
        }
        return new(seconds, bytes);

        void Count(LeveledOperation operation, int count, int level) => seconds += count * cost.Seconds(operation, slots, level);
    }
}
