using Blindsight.Mpc.GarbledCircuits;

namespace Blindsight.Unit.Mpc.GarbledCircuits;

public sealed class CircuitBuilderTests
{
    [Fact]
    public void Gates_on_constants_inverses_and_twins_have_their_meaning()
    {
        CircuitBuilder builder = new();
        Wire[] inputs = builder.Inputs(2);
        Wire[] values = [inputs[0], !inputs[0], inputs[1], !inputs[1], Wire.Zero, Wire.One];
        Wire[] outputs = [.. from a in values from b in values from wire in new[] { builder.Xor(a, b), builder.And(a, b), !builder.And(a, b) } select wire];
        Circuit circuit = builder.Build(outputs);
        ulong[] words = [0b1010, 0b1100], actual = new ulong[outputs.Length];
        circuit.Evaluate(words, actual);
        ulong[] plain = [words[0], ~words[0], words[1], ~words[1], 0, ulong.MaxValue];
        ulong[] expected = [.. from a in plain from b in plain from word in new[] { a ^ b, a & b, ~(a & b) } select word & 15];
        Assert.Equal(expected, actual.Select(word => word & 15));
    }

    [Fact]
    public void Gates_that_no_output_needs_are_left_out()
    {
        CircuitBuilder builder = new();
        Wire[] inputs = builder.Inputs(3);
        Wire needed = builder.And(inputs[0], inputs[1]);
        builder.And(needed, inputs[2]);
        Circuit circuit = builder.Build([needed, Wire.One, !inputs[2]]);
        Assert.Equal(1, circuit.Ands);
        ulong[] actual = new ulong[3];
        circuit.Evaluate([0b10, 0b11, 0b01], actual);
        Assert.Equal([0b10UL, ulong.MaxValue, ~0b01UL], actual);
        Assert.Throws<InvalidOperationException>(() => builder.Inputs(1));
    }

    [Fact]
    public void A_gate_never_writes_what_it_reads()
    {
        Circuit circuit = SharedFunction.Maximum(5, 12, corrected: true).Circuit;
        Assert.All(circuit.Gates, gate => Assert.True(gate.Output != gate.A && gate.Output != gate.B && gate.A != gate.B));
        Assert.All(circuit.Gates, gate => Assert.InRange(gate.Output, 0, circuit.Slots - 1));
    }
}
