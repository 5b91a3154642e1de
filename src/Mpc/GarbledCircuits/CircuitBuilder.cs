using System.Collections.Immutable;

namespace Blindsight.Mpc.GarbledCircuits;

/// <summary>
/// Builds a <see cref="Circuit"/> gate by gate. Constants and inversions are folded on the way; gates that no output needs are left out.
/// </summary>
public sealed class CircuitBuilder
{
    private readonly List<(GateKind Kind, Wire A, Wire B)?> _drivers = [];
    private int _inputs;

    /// <summary>The next inputs, lowest bit first. All inputs come before the first gate.</summary>
    public Wire[] Inputs(int count)
    {
        if (_drivers.Count != _inputs) throw new InvalidOperationException("Inputs come before gates.");
        Wire[] wires = [.. Enumerable.Range(_inputs, count).Select(id => new Wire(id, false))];
        for (int i = 0; i < count; i++) _drivers.Add(null);
        _inputs += count;
        return wires;
    }

    /// <summary>a xor b.</summary>
    public Wire Xor(Wire a, Wire b)
    {
        if (a.IsConstant) return a.Inverted ? !b : b;
        if (b.IsConstant) return b.Inverted ? !a : a;
        if (a.Id == b.Id) return Wire.Constant(a.Inverted != b.Inverted);
        Wire sum = Add(GateKind.Xor, a with { Inverted = false }, b with { Inverted = false });
        return a.Inverted == b.Inverted ? sum : !sum;
    }

    /// <summary>a and b.</summary>
    public Wire And(Wire a, Wire b)
    {
        if (a.IsConstant) return a.Inverted ? b : Wire.Zero;
        if (b.IsConstant) return b.Inverted ? a : Wire.Zero;
        if (a.Id == b.Id) return a.Inverted == b.Inverted ? a : Wire.Zero;
        return Add(GateKind.And, a, b);
    }

    /// <summary>The circuit of these outputs; the builder may go on afterwards.</summary>
    public Circuit Build(ReadOnlySpan<Wire> outputs)
    {
        const int Never = -1, Always = int.MaxValue;
        int[] lastUse = new int[_drivers.Count];
        Array.Fill(lastUse, Never);
        foreach (Wire output in outputs)
            if (!output.IsConstant) lastUse[output.Id] = Always;
        for (int id = _drivers.Count - 1; id >= _inputs; id--)
            if (lastUse[id] != Never)
                foreach (int read in (int[])[_drivers[id]!.Value.A.Id, _drivers[id]!.Value.B.Id]) lastUse[read] = Math.Max(lastUse[read], id);

        int[] slot = new int[_drivers.Count];
        Stack<int> free = [];
        int slots = _inputs;
        ImmutableArray<Gate>.Builder gates = ImmutableArray.CreateBuilder<Gate>();
        for (int id = 0; id < _inputs; id++) slot[id] = id;
        for (int id = _inputs; id < _drivers.Count; id++)
        {
            if (lastUse[id] == Never) continue;
            (GateKind kind, Wire a, Wire b) = _drivers[id]!.Value;
            slot[id] = free.Count > 0 ? free.Pop() : slots++;
            gates.Add(new Gate(kind, slot[a.Id], slot[b.Id], slot[id], a.Inverted, b.Inverted));
            if (lastUse[a.Id] == id) free.Push(slot[a.Id]);
            if (lastUse[b.Id] == id) free.Push(slot[b.Id]);
        }
        ImmutableArray<CircuitOutput>.Builder places = ImmutableArray.CreateBuilder<CircuitOutput>(outputs.Length);
        foreach (Wire output in outputs) places.Add(new CircuitOutput(output.IsConstant ? -1 : slot[output.Id], output.Inverted));
        return new Circuit(_inputs, slots, gates.ToImmutable(), places.MoveToImmutable());
    }

    private Wire Add(GateKind kind, Wire a, Wire b)
    {
        _drivers.Add((kind, a, b));
        return new Wire(_drivers.Count - 1, false);
    }
}
