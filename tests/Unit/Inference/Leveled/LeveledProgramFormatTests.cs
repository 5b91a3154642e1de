using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Leveled;
using Blindsight.Compiler.Plans;
using Blindsight.Enclave;
using Blindsight.Harness;
using Blindsight.Inference.Deployments.Leveled;

namespace Blindsight.Unit.Inference.Leveled;

public sealed class LeveledProgramFormatTests
{
    private static LeveledProgram Program { get; } = Compiled();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_program_comes_back_with_its_weights_or_without(bool withWeights)
    {
        (LeveledProgram read, bool hasWeights) = LeveledProgramFormat.Read(LeveledProgramFormat.Write(Program, withWeights));
        Assert.Equal(withWeights, hasWeights);
        Assert.Equal(Program.Values.AsEnumerable(), read.Values);
        Assert.Equal(Program.Rotations.Order(), read.Rotations.Order());
        Assert.Equal((Program.Depth, Program.Images), (read.Depth, read.Images));
        Assert.Equal(Program.Steps.Select(step => (step.GetType(), step.Name, step.Output)),
            read.Steps.Select(step => (step.GetType(), step.Name, step.Output)));
        foreach ((LeveledLinear own, LeveledLinear other) in Program.Steps.OfType<LeveledLinear>().Zip(read.Steps.OfType<LeveledLinear>()))
        {
            Assert.Equal(withWeights ? own.Bias : [], other.Bias);
            foreach ((LeveledTerm term, LeveledTerm same) in own.Terms.Zip(other.Terms))
            {
                Assert.Equal((term.Input, term.Baby), (same.Input, same.Baby));
                Assert.Equal(term.Matrix.Diagonals.Keys, same.Matrix.Diagonals.Keys);
                Assert.Equal(term.Matrix.Diagonals.Values.Select(numbers => withWeights ? numbers : []), same.Matrix.Diagonals.Values);
            }
        }
    }

    [Fact]
    public void What_is_cut_off_or_followed_by_more_is_refused()
    {
        byte[] bytes = LeveledProgramFormat.Write(Program, withWeights: false);
        for (int length = 0; length < bytes.Length; length += Math.Max(1, bytes.Length / 200))
            AssertRefused(() => LeveledProgramFormat.Read(bytes.AsSpan(0, length)).Program);
        AssertRefused(() => LeveledProgramFormat.Read([.. bytes, 0]).Program);
    }

    /// <summary>Changed bytes give another program, which may be one, or a refusal; nothing else.</summary>
    [Fact]
    public void Whatever_the_bytes_are_nothing_but_a_refusal_comes_of_them()
    {
        byte[] bytes = LeveledProgramFormat.Write(Program, withWeights: false);
        Random random = new(1);
        int refused = 0;
        for (int i = 0; i < 3000; i++)
        {
            byte[] changed = [.. bytes];
            for (int j = random.Next(3); j >= 0; j--) changed[random.Next(changed.Length)] = (byte)random.Next(256);
            try
            {
                LeveledProgramFormat.Read(changed);
            }
            catch (RoomException fault)
            {
                Assert.True(fault.Fault is RoomFault.Malformed or RoomFault.UnsupportedVersion);
                refused++;
            }
        }
        Assert.InRange(refused, 100, 3000);
    }

    private static LeveledProgram Compiled()
    {
        Graph graph = Polynomials.WithExactActivations();
        return LeveledModel.Compile(graph, Polynomials.Images(graph, 4), InputCard.None, new() { Refresh = true }, 1e9);
    }

    private static void AssertRefused(Func<object> read)
    {
        RoomException fault = Assert.Throws<RoomException>(() => { read(); });
        Assert.True(fault.Fault is RoomFault.Malformed or RoomFault.UnsupportedVersion);
    }
}
