using Blindsight.Arithmetic.Randomness;
using Blindsight.Arithmetic.Tensors;
using Blindsight.Compiler;
using Blindsight.Compiler.Leveled;
using Blindsight.Enclave.Contract;
using Blindsight.Enclave.Integrity;

namespace Blindsight.Inference.Deployments.Leveled;

/// <summary>
/// Makes, at the model's owner, what the room checks the host by: every vector r that a value the room reads is multiplied by, carried back through linear
/// steps to what the room wrote.
/// </summary>
public static class ProjectionMaker
{
    /// <param name="contract">The program's.</param>
    /// <param name="prg">For the seed; whoever knows it can cheat.</param>
    /// <returns>What <see cref="Projections.Read"/> reads: to the room, over its own channel.</returns>
    /// <exception cref="GraphException">A value that the room reads is no linear function of what it wrote.</exception>
    public static byte[] Make(LeveledProgram program, RoomContract contract, Prg prg)
    {
        byte[] seed = new byte[Prg.SeedBytes];
        prg.Fill(seed.AsSpan());
        int[] values = RoomContracts.Values(program);
        HashSet<int> written = [.. program.Inputs.Select(input => input.Value), .. program.Steps.OfType<LeveledRefresh>().Select(step => step.Output)];
        Dictionary<int, LeveledStep> producers = program.Steps.ToDictionary(step => step.Output);
        Dictionary<int, (IReadOnlyDictionary<int, double[]>, double[])> made = [];
        foreach (int value in program.Steps.OfType<LeveledRefresh>().SelectMany(step => step.Operands)
            .Concat(program.Outputs.Select(output => output.Value)).Distinct())
        {
            int read = Array.IndexOf(values, value);
            double[] constants = new double[Projections.Rows];
            Dictionary<int, double[]> sources = [];
            Carry(value, ByElement(Projections.Vectors(seed, read, program.Values[value].Layout.Elements), Projections.Rows));
            made[read] = (sources.ToDictionary(
                source => source.Key, source => ByElement(source.Value, source.Value.Length / Projections.Rows)), constants);

            void Carry(int to, double[] rows)
            {
                if (written.Contains(to))
                {
                    int source = Array.IndexOf(values, to);
                    if (!sources.TryAdd(source, rows)) AddTo(sources[source], rows);
                    return;
                }
                if (producers[to] is not LeveledLinear linear)
                    throw new GraphException(producers[to].Name, "", "the room of the enclave checks linear layers only; compile with activations by refresh");
                for (int e = 0; e < linear.Bias.Length; e++)
                    for (int row = 0; row < Projections.Rows; row++) constants[row] += rows[e * Projections.Rows + row] * linear.Bias[e];
                foreach (LeveledTerm term in linear.Terms) Carry(term.Input, Transposed(term.Matrix, rows));
            }
        }
        return Projections.Write(seed, made);
    }

    /// <summary>
    /// Rows times a matrix, both element by element: entry j of a diagonal of shift s meets element j of the result and j + s of the operand, each modulo its
    /// period.
    /// </summary>
    private static double[] Transposed(DiagonalMatrix matrix, double[] rows)
    {
        SlotLayout from = matrix.From, to = matrix.To;
        double[] result = new double[Projections.Rows * from.Elements];
        foreach ((DiagonalPlace place, float[] numbers) in matrix.Diagonals)
            for (int j = 0; j < numbers.Length; j++)
            {
                int row = place.To * to.Period + j % to.Period, column = place.From * from.Period + (j + place.Shift) % from.Period;
                if (numbers[j] == 0) continue;
                ReadOnlySpan<double> met = rows.AsSpan(row * Projections.Rows, Projections.Rows);
                Span<double> sum = result.AsSpan(column * Projections.Rows, Projections.Rows);
                for (int k = 0; k < sum.Length; k++) sum[k] += met[k] * numbers[j];
            }
        return result;
    }

    /// <summary>Rows of a table as columns.</summary>
    private static double[] ByElement(double[] table, int rows)
    {
        double[] turned = new double[table.Length];
        int columns = table.Length / rows;
        for (int row = 0; row < rows; row++)
            for (int column = 0; column < columns; column++) turned[column * rows + row] = table[row * columns + column];
        return turned;
    }

    private static void AddTo(double[] sum, double[] rows)
    {
        for (int i = 0; i < sum.Length; i++) sum[i] += rows[i];
    }
}
