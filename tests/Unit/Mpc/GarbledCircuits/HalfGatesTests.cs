using System.Runtime.Intrinsics;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Mpc.GarbledCircuits;
using Block = System.Runtime.Intrinsics.Vector128<byte>;

namespace Blindsight.Unit.Mpc.GarbledCircuits;

public sealed class HalfGatesTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(1, 16).Select(i => (byte)(i * 13))];

    public static TheoryData<bool> Paths => System.Runtime.Intrinsics.X86.Aes.IsSupported ? [true, false] : [false];

    [Theory]
    [MemberData(nameof(Paths))]
    public void Every_row_of_an_and_and_an_xor_with_every_inversion_gives_the_right_label(bool hardware)
    {
        CircuitBuilder builder = new();
        Wire[] inputs = builder.Inputs(2);
        Wire a = inputs[0], b = inputs[1];
        Circuit circuit = builder.Build([
            builder.And(a, b), builder.And(!a, b), builder.And(a, !b), !builder.And(!a, !b), builder.Xor(a, b), !builder.Xor(a, b), !a, Wire.One]);
        Check(circuit, instances: 4, (input, j) => (j >> input & 1) != 0, hardware);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Garbled_circuits_agree_with_the_clear_for_every_tail_of_a_batch(bool hardware)
    {
        Circuit[] circuits =
        [
            SharedFunction.Clamp(5, negativePart: false, null, corrected: false).Circuit,
            SharedFunction.Clamp(6, negativePart: false, 9, corrected: true).Circuit, SharedFunction.Maximum(3, 4, corrected: false).Circuit,
        ];
        foreach (Circuit circuit in circuits)
            foreach (int instances in (int[])[1, 2, 7, 8, 9, 63, 64, 65, 130])
                Check(circuit, instances, (input, j) => (((long)j * 7919 + input * 104729L) * 2654435761L >> 13 & 1) != 0, hardware);
    }

    [Fact]
    public void Both_paths_garble_to_the_same_tables()
    {
        if (!System.Runtime.Intrinsics.X86.Aes.IsSupported) return;
        Circuit circuit = SharedFunction.Maximum(4, 12, corrected: false).Circuit;
        Assert.Equal(Garble(circuit, 67, hardware: true).Tables, Garble(circuit, 67, hardware: false).Tables);
    }

    [Fact]
    public void Another_tweak_label_or_table_gives_neither_label_of_the_output()
    {
        CircuitBuilder builder = new();
        Wire[] inputs = builder.Inputs(2);
        Circuit circuit = builder.Build([builder.And(inputs[0], inputs[1])]);
        Garbled garbled = Garble(circuit, 1, hardware: false);
        Block[] genuine = [garbled.Inputs[0] ^ garbled.Delta, garbled.Inputs[1] ^ garbled.Delta];
        Block zero = garbled.Labels[circuit.Outputs[0].Slot], one = zero ^ garbled.Delta;
        Assert.Equal(one, Evaluate(circuit, genuine, garbled.Tables, 5));
        Assert.DoesNotContain(Evaluate(circuit, genuine, garbled.Tables, 6), new[] { zero, one });
        Assert.DoesNotContain(Evaluate(circuit, [genuine[0] ^ Vector128.CreateScalar((byte)4), genuine[1]], garbled.Tables, 5), new[] { zero, one });
        Block[] spoilt = [.. garbled.Tables.Select(block => block ^ Vector128.CreateScalar((byte)4))];
        bool used = ((genuine[0].ToScalar() ^ genuine[1].ToScalar()) & 1) != 0;
        Assert.Equal(!used, Evaluate(circuit, genuine, spoilt, 5) == one);
    }

    [Fact]
    public void Buffers_of_other_lengths_and_a_delta_without_colour_are_refused()
    {
        Circuit circuit = SharedFunction.Clamp(4, negativePart: false, null, corrected: false).Circuit;
        using CorrelationRobustHash hash = new(Key);
        Block[] labels = new Block[circuit.Slots], tables = new Block[2 * circuit.Ands];
        Block delta = Vector128.Create((byte)1);
        Assert.Throws<ArgumentException>(() => HalfGates.Garble(circuit, hash, 0, delta, 1, labels.AsSpan(1), tables));
        Assert.Throws<ArgumentException>(() => HalfGates.Garble(circuit, hash, 0, delta, 1, labels, tables.AsSpan(1)));
        Assert.Throws<ArgumentException>(() => HalfGates.Garble(circuit, hash, 0, Vector128.Create((byte)2), 1, labels, tables));
        Assert.Throws<ArgumentException>(() => HalfGates.Evaluate(circuit, hash, 0, 0, [], []));
    }

    private sealed record Garbled(Block[] Inputs, Block[] Labels, Block[] Tables, Block Delta);

    private static Garbled Garble(Circuit circuit, int instances, bool hardware)
    {
        using CorrelationRobustHash hash = new(Key, hardware);
        using Prg prg = Prg.Derive([], "half gates");
        Block[] delta = new Block[1], labels = new Block[circuit.Slots * instances], tables = new Block[2 * circuit.Ands * instances];
        prg.Fill<Block>(delta);
        delta[0] |= Vector128.CreateScalar((byte)1);
        prg.Fill<Block>(labels.AsSpan(0, circuit.Inputs * instances));
        Block[] inputs = labels[..(circuit.Inputs * instances)];
        HalfGates.Garble(circuit, hash, 5, delta[0], instances, labels, tables);
        return new Garbled(inputs, labels, tables, delta[0]);
    }

    private static void Check(Circuit circuit, int instances, Func<int, int, bool> bit, bool hardware)
    {
        Garbled garbled = Garble(circuit, instances, hardware);
        Block[] labels = new Block[circuit.Slots * instances];
        for (int i = 0; i < circuit.Inputs * instances; i++)
            labels[i] = garbled.Inputs[i] ^ (bit(i / instances, i % instances) ? garbled.Delta : default);
        using CorrelationRobustHash hash = new(Key, hardware);
        HalfGates.Evaluate(circuit, hash, 5, instances, labels, garbled.Tables);
        ulong[] inputs = new ulong[circuit.Inputs], outputs = new ulong[circuit.Outputs.Length];
        for (int j = 0; j < instances; j++)
        {
            for (int i = 0; i < inputs.Length; i++) inputs[i] = bit(i, j) ? 1UL : 0;
            circuit.Evaluate(inputs, outputs);
            for (int i = 0; i < outputs.Length; i++)
            {
                CircuitOutput output = circuit.Outputs[i];
                if (output.Slot < 0) continue;
                int at = output.Slot * instances + j;
                bool value = (outputs[i] & 1) != 0 != output.Inverted;
                Assert.Equal(garbled.Labels[at] ^ (value ? garbled.Delta : default), labels[at]);
            }
        }
    }

    private static Block Evaluate(Circuit circuit, Block[] inputs, Block[] tables, ulong tweak)
    {
        using CorrelationRobustHash hash = new(Key);
        Block[] labels = new Block[circuit.Slots];
        inputs.CopyTo(labels, 0);
        HalfGates.Evaluate(circuit, hash, tweak, 1, labels, tables);
        return labels[circuit.Outputs[0].Slot];
    }
}
