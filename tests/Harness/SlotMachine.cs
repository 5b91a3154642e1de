using Blindsight.Compiler.Graphs;
using Blindsight.Arithmetic.Tensors;
using Blindsight.Compiler.Leveled;
using Blindsight.Compiler.Plans;

namespace Blindsight.Harness;

/// <summary>Runs a leveled program on slots in the clear: what encryption shall compute, written from the definitions alone.</summary>
public static class SlotMachine
{
    public static FloatTensor[][] Run(LeveledProgram program, IReadOnlyList<FloatTensor[]> images)
    {
        double[][][] values = new double[program.Values.Length][][];
        for (int i = 0; i < program.Inputs.Length; i++) values[program.Inputs[i].Value] = Pack(program, i, images);
        foreach (LeveledStep step in program.Steps)
            values[step.Output] = step switch
            {
                LeveledLinear linear => Linear(program, linear, values),
                LeveledRefresh refresh => Refresh(program, refresh, values),
                _ => [.. values[((LeveledSquare)step).Input].Select(block => Array.ConvertAll(block, x => x * x))],
            };
        return [.. Enumerable.Range(0, images.Count).Select(image => program.Outputs.Select((output, o) =>
        {
            SlotLayout layout = program.Values[output.Value].Layout;
            float[][] elements = [.. images.Select(_ => new float[layout.Elements])];
            for (int block = 0; block < layout.Blocks; block++) layout.Unpack(block, values[output.Value][block], elements);
            return LeveledContract.Of(program).Outputs[o].Finish(elements[image]);
        }).ToArray())];
    }

    private static double[][] Pack(LeveledProgram program, int index, IReadOnlyList<FloatTensor[]> images)
    {
        LeveledInput input = program.Inputs[index];
        LeveledValue value = program.Values[input.Value];
        float[][] rows = [.. images.Select(image => input.Sources.Select(
            source => source < 0 ? 0 : MathF.ScaleB(image[index].Data[source], -value.Exponent)).ToArray())];
        double[][] blocks = [.. Enumerable.Range(0, value.Layout.Blocks).Select(_ => new double[value.Layout.Slots])];
        for (int block = 0; block < blocks.Length; block++) value.Layout.Pack(block, rows, blocks[block]);
        return blocks;
    }

    private static double[][] Refresh(LeveledProgram program, LeveledRefresh step, double[][][] values)
    {
        LeveledValue output = program.Values[step.Output];
        float[][] rows = [.. Enumerable.Range(0, program.Images).Select(_ => new float[output.Layout.Elements])];
        float[][] operands = [.. rows.Select(_ => Array.Empty<float>())];
        foreach (int operand in step.Operands)
        {
            LeveledValue value = program.Values[operand];
            float[][] elements = [.. rows.Select(_ => new float[value.Layout.Elements])];
            for (int block = 0; block < value.Layout.Blocks; block++) value.Layout.Unpack(block, values[operand][block], elements);
            for (int image = 0; image < rows.Length; image++)
                operands[image] = [.. operands[image], .. elements[image].Select(x => MathF.ScaleB(x, value.Exponent))];
        }
        for (int image = 0; image < rows.Length; image++)
            for (int e = 0; e < output.Layout.Elements; e++)
            {
                float largest = Enumerable.Range(0, step.Window).Select(w => step.Sources[w * output.Layout.Elements + e])
                    .Where(source => source >= 0).Select(source => operands[image][source]).DefaultIfEmpty(0).Max();
                int channel = e / (output.Layout.Elements / step.Function.Kinds.Length);
                rows[image][e] = Math.Clamp(MathF.ScaleB(Of(step.Function, channel, largest), -output.Exponent), -1, 1);
            }
        double[][] blocks = [.. Enumerable.Range(0, output.Layout.Blocks).Select(_ => new double[output.Layout.Slots])];
        for (int block = 0; block < blocks.Length; block++) output.Layout.Pack(block, rows, blocks[block]);
        return blocks;
    }

    private static float Of(LeveledFunction function, int channel, float x) => function.Kinds[channel] switch
    {
        ActivationStep.Clamp => Math.Clamp(x, function.Low, function.High),
        ActivationStep.Square => MathF.ScaleB(x * x, function.Exponents[channel]),
        ActivationStep.NegatedSquare => -MathF.ScaleB(x * x, function.Exponents[channel]),
        ActivationStep.Identity => x,
        _ => 0,
    };

    private static double[][] Linear(LeveledProgram program, LeveledLinear step, double[][][] values)
    {
        SlotLayout to = program.Values[step.Output].Layout;
        double[][] results = [.. Enumerable.Range(0, to.Blocks).Select(_ => new double[to.Slots])];
        for (int block = 0; block < to.Blocks; block++)
            for (int slot = 0; slot < to.Slots; slot++)
            {
                int element = block * to.Period + slot / to.Images % to.Period;
                results[block][slot] = element < to.Elements ? step.Bias[element] : 0;
            }
        foreach (LeveledTerm term in step.Terms)
        {
            double[][] sums = [.. results.Select(_ => new double[to.Slots])];
            foreach ((DiagonalPlace place, float[] numbers) in term.Matrix.Diagonals)
            {
                double[] operand = values[term.Input][place.From];
                for (int slot = 0; slot < to.Slots; slot++)
                    sums[place.To][slot] += numbers[slot / to.Images % numbers.Length] * operand[(slot + place.Shift * to.Images) % to.Slots];
            }
            foreach (int fold in term.Matrix.Folds)
                sums = [.. sums.Select(sum => sum.Select((x, slot) => x + sum[(slot + fold * to.Images) % to.Slots]).ToArray())];
            for (int block = 0; block < to.Blocks; block++)
                for (int slot = 0; slot < to.Slots; slot++) results[block][slot] += sums[block][slot];
        }
        return results;
    }
}
