using System.Collections.Immutable;
using Blindsight.Arithmetic.Tensors;
using Blindsight.Compiler.Graphs;
using Blindsight.Compiler.Plans;
using Blindsight.Inference.Sessions;

namespace Blindsight.Cli.Benchmarks;

/// <summary>
/// A client's and a server's session on two threads over a link in memory, and a plan of one activation in the ring of 16 bits followed by
/// its extension to 32: a ReLU, or squares, which follow a convolution. Times are the client's, by step: waiting for the server
/// counts, sharing the input and opening the output do not. Offline includes the correlated transfers and, where the client's share is
/// known, the corrections of choices, as after a linear layer.
/// </summary>
internal sealed class ReluSessions : IRepetitions
{
    private const int Channels = 64;
    private const int ActivationIndex = 2, ExtensionIndex = 3, ScaleBits = 12, SquareInputShift = 3, WeightShift = 12;

    /// <summary>Of the encoding.</summary>
    internal const double Resolution = 1.0 / (1 << ScaleBits);
    private const double SquareResolution = 2.5 / (1 << (ScaleBits - SquareInputShift));

    private readonly TwoThreads _parties = new();
    private readonly ClientSession _client;
    private readonly Action _joinServer;
    private readonly FloatTensor _input;
    private readonly int _elements;
    private readonly bool _squares;

    /// <param name="comparison">Of <see cref="ComparisonKinds"/>.</param>
    /// <param name="size">Height and width of the 64 channels.</param>
    /// <param name="squares">Whether the activation squares.</param>
    public ReluSessions(string comparison, int size, bool squares = false)
    {
        _squares = squares;
        _elements = Channels * size * size;
        ServedModel model = new(squares ? Squares(size) : Network(comparison, size));
        _joinServer = _parties.Start(() =>
        {
            using ServerSession session = ServerSession.Accept(_parties.There, model, SessionOptions.Default);
            session.Serve();
        });
        _client = ClientSession.Connect(_parties.Here, model.Quantized.Plan, SessionOptions.Default);
        Random random = new(1);
        _input = new FloatTensor([1, Channels, size, size], [.. Enumerable.Range(0, _elements).Select(_ => 2 * random.NextSingle() - 1)]);
        Next();
    }

    public ImmutableArray<double> Next()
    {
        SessionReport before = _client.Report;
        _client.Prepare(1);
        FloatTensor output = _client.Infer([[_input]])[0][0];
        SessionReport after = _client.Report;
        RequireRight(output);
        return [.. new[] { ActivationIndex, ExtensionIndex }.SelectMany(step => new[]
        {
            Microseconds(after.Layers[step].Offline.Seconds - before.Layers[step].Offline.Seconds),
            Microseconds(after.Layers[step].Online.Seconds - before.Layers[step].Online.Seconds),
        })];
    }

    public void Dispose()
    {
        _client.Dispose();
        _joinServer();
        _parties.Dispose();
    }

    /// <summary>Wrong results would measure nothing: the output is the function of the input, to the resolution of the encoding.</summary>
    private void RequireRight(FloatTensor output)
    {
        for (int i = 0; i < _elements; i++)
        {
            float x = _input.Data[i], expected = _squares ? x * x : Math.Max(x, 0);
            if (Math.Abs(output.Data[i] - expected) > (_squares ? SquareResolution : Resolution))
                throw new InvalidOperationException($"Activation {i} is wrong.");
        }
    }

    private double Microseconds(double seconds) => 1e6 * seconds / _elements;

    /// <summary>A convolution that changes nothing, so that the client knows its share before the input, and its squares.</summary>
    private static QuantizedModel Squares(int size)
    {
        QuantizedModel model = Network(ComparisonKinds.Transfers, size);
        ConvolutionGeometry g = new()
        {
            InChannels = Channels, OutChannels = Channels, Groups = Channels, InHeight = size, InWidth = size,
        };
        ImmutableArray<int> shifts = [.. Enumerable.Repeat(WeightShift, Channels)];
        short[] weights = [.. Enumerable.Repeat((short)(1 << WeightShift), Channels)];
        return new QuantizedModel(model.Plan with
        {
            Steps = model.Plan.Steps
                .SetItem(1, new LinearStep("narrow", [new ConvolutionTerm(0, g)], shifts, 1, false))
                .SetItem(ActivationIndex, new ActivationStep("square", 1, 2, "s", [0], SquareInputShift, null, null, 0)),
        }, ImmutableDictionary<int, QuantizedLinear>.Empty.Add(1, new QuantizedLinear([weights], new int[Channels])));
    }

    /// <summary>A ReLU and its extension.</summary>
    internal static QuantizedModel Network(string comparison, int size)
    {
        ImmutableArray<int> shape = [Channels, size, size];
        InferencePlan plan = new()
        {
            Model = "relu", Deployment = "client-server", Comparison = comparison, Inputs = [new PlanPort("input", shape)],
            Outputs = [new PlanPort("output", shape)],
            Tensors =
            [
                new(0, "input", shape, 32, 14, ScaleBits, false), new(1, "narrow", shape, 16, 14, ScaleBits, false),
                new(2, "relu", shape, 16, 14, ScaleBits, true), new(3, "wide", shape, 32, 14, ScaleBits, true),
            ],
            Steps =
            [
                new InputStep("input", 0, 0), new ReduceStep("narrow", 0, 1), new ClampStep("relu", 1, 2, 0, null, 0),
                new ExtendStep("wide", 2, 3), new OutputStep("output", 2, 0, new PostOperation(PostOperationKind.None)),
            ],
            Card = new InputCard("rgb", 1, [0], [1], "nchw", []),
        };
        return new QuantizedModel(plan, ImmutableDictionary<int, QuantizedLinear>.Empty);
    }
}
