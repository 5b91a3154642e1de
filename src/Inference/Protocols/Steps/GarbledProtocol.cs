using Blindsight.Arithmetic.Tensors;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Costs;
using Blindsight.Inference.Protocols.Nonlinear.Garbled;
using Blindsight.Mpc.GarbledCircuits;

namespace Blindsight.Inference.Protocols.Steps;

/// <summary>
/// A step of a plan with garbled comparisons: <see cref="ClampStep"/>, <see cref="MaxPoolStep"/> or <see cref="ArgMaxStep"/>, each output by one
/// instance of a circuit. Exact: no bit is left out.
/// </summary>
internal sealed class GarbledProtocol : StepProtocol
{
    private readonly GarbledFunction _function;
    private readonly Func<uint[], uint[]> _arrange;
    private readonly int _outputs;
    private readonly uint _base, _outputMask;
    private readonly bool _knownOffline;

    /// <param name="arrange">From a tensor's share to the circuits' numbers: number after number, instances side by side.</param>
    /// <param name="origin">What the server takes off each number and adds to each output.</param>
    private GarbledProtocol(PlanStep step, Func<bool, SharedFunction> function, int outputs, int outputBits, Func<uint[], uint[]> arrange,
        int origin, bool knownOffline) : base(step)
    {
        (_arrange, _outputs, _base, _knownOffline) = (arrange, outputs, (uint)origin, knownOffline);
        _outputMask = Ring.Mask(outputBits);
        _function = new GarbledFunction(function, outputs, knownOffline);
    }

    /// <summary>Clamps x less one of its bounds at zero.</summary>
    public static GarbledProtocol Of(ClampStep step, int elements, int ringBits, bool knownOffline)
    {
        int? high = step.Low is null ? null : step.High - step.Low;
        return new(step, corrected => SharedFunction.Clamp(ringBits, step.Low is null, high, corrected), elements, ringBits,
            share => share, step.Low ?? step.High!.Value, knownOffline);
    }

    /// <summary>The maximum of each window by one circuit; places outside the image repeat a place inside.</summary>
    public static GarbledProtocol Of(MaxPoolStep step, int rows, int ringBits, bool knownOffline)
    {
        PoolGeometry g = step.Geometry;
        int[][] columns = MaxPoolProtocol.Places(g.OutWidth, g.KernelWidth, g.StrideWidth, g.DilationWidth, g.PadLeft, g.InWidth);
        int[][] lines = MaxPoolProtocol.Places(g.OutHeight, g.KernelHeight, g.StrideHeight, g.DilationHeight, g.PadTop, g.InHeight);
        int images = rows * g.Channels, outputs = rows * g.OutElements, numbers = g.KernelHeight * g.KernelWidth;
        return new(step, corrected => SharedFunction.Maximum(numbers, ringBits, corrected), outputs, ringBits, Windows, 0, knownOffline);

        uint[] Windows(uint[] share)
        {
            uint[] arranged = new uint[numbers * outputs];
            int at = 0;
            for (int number = 0; number < numbers; number++)
                for (int image = 0; image < images; image++)
                    for (int y = 0; y < g.OutHeight; y++)
                        for (int x = 0; x < g.OutWidth; x++)
                        {
                            int line = image * g.InHeight + lines[y][number / g.KernelWidth];
                            arranged[at++] = share[line * g.InWidth + columns[x][number % g.KernelWidth]];
                        }
            return arranged;
        }
    }

    /// <summary>The index of the largest of each row by one circuit.</summary>
    public static GarbledProtocol Of(ArgMaxStep step, int outputs, int candidates, int ringBits, int outputBits, bool knownOffline)
    {
        return new(step, corrected => SharedFunction.IndexOfMaximum(candidates, ringBits, outputBits, corrected), outputs, outputBits,
            Transposed, 0, knownOffline);

        uint[] Transposed(uint[] share)
        {
            uint[] arranged = new uint[share.Length];
            for (int candidate = 0; candidate < candidates; candidate++)
                for (int i = 0; i < outputs; i++) arranged[candidate * outputs + i] = share[i * candidates + candidate];
            return arranged;
        }
    }

    public override object Prepare(Party party, Shares known) =>
        _function.Prepare(party, _knownOffline && !party.IsServer ? _arrange(known[Step.Reads[0]]) : []);

    public override void Run(Party party, object? prepared, Shares shares)
    {
        uint[] result = new uint[_outputs];
        uint[] numbers = _arrange(party.IsServer ? Without(shares[Step.Reads[0]]) : shares[Step.Reads[0]]);
        _function.Run(party, (GarbledFunction.Correlation)prepared!, numbers, result);
        if (party.IsServer)
            for (int i = 0; i < result.Length; i++) result[i] = (result[i] + _base) & _outputMask;
        shares[Step.Writes] = result;
    }

    public override void Prepare(Script script) => _function.Prepare(script);

    public override void Run(Script script) => _function.Run(script);

    private uint[] Without(uint[] share) => Array.ConvertAll(share, element => element - _base);
}
