using System.Collections.Immutable;
using Blindsight.Arithmetic.Randomness;
using Blindsight.Arithmetic.Rings;
using Blindsight.Compiler.Calibration;
using Blindsight.Compiler.Plans;
using Blindsight.Harness;
using Blindsight.Inference.Deployments.TwoServers;
using Blindsight.Inference.Deployments.TwoServers.Correlations;
using Blindsight.Inference.Deployments.TwoServers.Joint;
using Blindsight.Inference.Protocols.Linear;
using Blindsight.Mpc.Channels;

namespace Blindsight.Unit.Inference.TwoServers.Joint;

/// <summary>Two servers that prepare a query between themselves: these tests start two parties, and no third.</summary>
public sealed class JointPreparationTests
{
    private static readonly byte[] Owner = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    [Fact]
    public void Products_are_those_of_masks_and_weights_within_the_compile_rule()
    {
        QuantizedModel model = Model();
        InferencePlan plan = model.Plan;
        TwoPartyResult<Taken, Taken> result = TwoParties.Run(channel => Run(true, channel), channel => Run(false, channel));
        WeightTensors weights = WeightTensors.Of(model);
        for (int index = 0; index < plan.Steps.Length; index++)
        {
            if (plan.Steps[index] is not LinearStep step || !result.First.Products.ContainsKey(index)) continue;
            uint[] exact = new uint[plan.Tensors[step.Output].Elements], product = new uint[exact.Length];
            for (int term = 0; term < step.Terms.Length; term++)
            {
                if (step.Terms[term] is not ConvolutionTerm convolution) continue;
                uint[] mask = [.. result.First.Masks[convolution.Input].Zip(result.Second.Masks[convolution.Input], (a, b) => a + b)];
                RingConvolution.Convolve(convolution.Geometry, mask, weights[index, term], product);
                for (int i = 0; i < exact.Length; i++) exact[i] += product[i];
            }
            for (int i = 0; i < exact.Length; i++)
            {
                int shift = step.ChannelShifts[i / (exact.Length / step.ChannelShifts.Length)], unused = 32 - plan.Tensors[step.Output].RingBits - shift;
                double units = Math.ScaleB((int)(result.First.Products[index][i] + result.Second.Products[index][i] - exact[i] << unused) >> unused, -shift);
                Assert.InRange(units, -RlweNoise.LimitUnits, RlweNoise.LimitUnits);
            }
            Assert.NotEqual(result.First.Products[index], result.Second.Products[index]);
        }

        Taken Run(bool isFirst, IChannel channel) => Serve(isFirst, channel, model, preparation =>
        {
            using JointSource source = preparation.Next();
            Taken taken = new([], []);
            foreach (CorrelationShape shape in new ServerProgram(plan, null).Shapes)
                if (shape is MaskShape mask) taken.Masks[mask.Tensor] = source.Take(mask).Consume();
                else if (shape is ProductShape product) taken.Products[product.Step] = source.Take(product).Consume();
            return taken;
        });
    }

    [Fact]
    public void Connecting_and_multiplying_cost_what_is_stated()
    {
        QuantizedModel model = Model();
        using JointModel joint = new(model.Plan, ModelShares.First(model.Plan, Owner));
        long products = joint.Schedule.Requests.Sum(request => request.Bytes + request.ResponseBytes);
        TwoPartyResult<bool, bool> setup = TwoParties.Run(channel => Setup(true, channel), channel => Setup(false, channel));
        TwoPartyResult<bool, bool> query = TwoParties.Run(channel => Query(true, channel), channel => Query(false, channel));
        foreach (ChannelCounters counters in new[] { setup.FirstCounters, setup.SecondCounters })
            Assert.Equal(JointPreparation.SetupBytes, counters.PayloadSent);
        foreach (ChannelCounters counters in new[] { query.FirstCounters, query.SecondCounters })
            Assert.Equal(JointPreparation.SetupBytes + products, counters.PayloadSent);

        bool Setup(bool isFirst, IChannel channel) => Serve(isFirst, channel, model, _ => true);
        bool Query(bool isFirst, IChannel channel) => Serve(isFirst, channel, model, preparation =>
        {
            preparation.Next().Dispose();
            return true;
        });
    }

    [Fact]
    public void Flights_hold_all_requests_in_order_and_no_more_than_a_window()
    {
        QuantizedModel model = Model();
        using JointModel joint = new(model.Plan, ModelShares.First(model.Plan, Owner));
        ImmutableArray<RequestSchedule.Request>[] flights = [.. JointProducts.Flights(joint.Schedule)];
        Assert.Equal(joint.Schedule.Requests, flights.SelectMany(flight => flight));
        Assert.All(flights, flight => Assert.True(
            flight.Length == 1 || flight.Sum(request => request.Bytes + request.ResponseBytes) <= LinearClient.WindowBytes));
    }

    [Fact]
    public void Queries_have_their_own_names_masks_and_streams()
    {
        QuantizedModel model = Model();
        int tensor = new ServerProgram(model.Plan, null).Shapes.OfType<MaskShape>().First().Tensor;
        TwoPartyResult<List<string>, List<string>> result = TwoParties.Run(channel => Run(true, channel), channel => Run(false, channel));
        Assert.Equal(result.First.Where((_, i) => i % 3 < 2), result.Second.Where((_, i) => i % 3 < 2));
        Assert.Equal(6, result.First.Distinct().Count());
        Assert.Equal(4, result.First.Concat(result.Second).Where((_, i) => i % 3 == 2).Distinct().Count());

        List<string> Run(bool isFirst, IChannel channel) => Serve(isFirst, channel, model, preparation =>
        {
            List<string> seen = [];
            for (int query = 0; query < 2; query++)
            {
                using JointSource source = preparation.Next();
                uint[] common = new uint[8];
                source.FillCommon(common);
                seen.Add(Convert.ToHexString(source.Name));
                seen.Add(string.Join(' ', common));
                seen.Add(string.Join(' ', source.Take(new MaskShape(tensor, model.Plan.Tensors[tensor].Elements)).Consume()));
            }
            return seen;
        });
    }

    [Fact]
    public void What_was_taken_is_not_there_a_second_time_and_a_dealers_shapes_never_are()
    {
        QuantizedModel model = Model();
        ImmutableArray<CorrelationShape> shapes = new ServerProgram(model.Plan, null).Shapes;
        MaskShape mask = shapes.OfType<MaskShape>().First();
        ProductShape product = shapes.OfType<ProductShape>().First();
        TwoParties.Run(channel => Run(true, channel), channel => Run(false, channel));

        bool Run(bool isFirst, IChannel channel) => Serve(isFirst, channel, model, preparation =>
        {
            using JointSource source = preparation.Next();
            source.Take(mask);
            source.Take(product);
            Assert.Throws<InvalidOperationException>(() => source.Take(mask));
            Assert.Throws<InvalidOperationException>(() => source.Take(product));
            Assert.Throws<ArgumentException>(() => source.Take(new WideningShape(8, 16, Squares: false)));
            Assert.Throws<ArgumentException>(() => source.Take(new SelectionShape(ComparisonMethod.Tables, 8, 16, 16, 1, 0, HasPayload: false)));
            return true;
        });
    }

    [Fact]
    public void A_dealer_does_not_make_what_two_parties_prepare()
    {
        TransferShape shape = new ServerProgram(Model().Plan, null).Shapes.OfType<TransferShape>().First();
        ServerTrio.Run([], (_, source) => Assert.Throws<ArgumentException>(() => source.Take(shape)));
    }

    [Fact]
    public void Servers_with_different_plans_stop_before_they_exchange_keys()
    {
        TwoPartyFaults faults = TwoParties.RunToFault(
            channel => Serve(true, channel, Model(), _ => true),
            channel => Serve(false, channel, TwoServersRun.Under(SmallPlan.OfManyTransfers(), ComparisonMethod.Transfers), _ => true));
        Assert.Equal(PeerFault.PlanMismatch, Assert.IsType<ProtocolException>(faults.First).Fault);
        Assert.Equal(PeerFault.PlanMismatch, Assert.IsType<ProtocolException>(faults.Second).Fault);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_spoilt_message_of_either_server_is_a_named_fault_at_the_other(bool byFirst)
    {
        QuantizedModel model = Model();
        using JointModel joint = new(model.Plan, ModelShares.First(model.Plan, Owner));
        // Greeting, public key, base transfers' request and response; then requests and answers.
        int messages = 4 + joint.Schedule.Requests.Sum(request => 1 + request.Answers.Length);
        for (int message = 0; message < messages; message++)
            foreach ((Func<Message, Message> tamper, PeerFault expected) in new (Func<Message, Message>, PeerFault)[]
                     { (Tamper.Truncate, PeerFault.WrongLength), (Tamper.Extend, PeerFault.WrongLength), (Tamper.WrongTag, PeerFault.UnexpectedMessage) })
                Assert.Equal(expected, Fault(message, tamper).Fault);
        foreach (int request in new[] { 1, 2, 4 }) Assert.Equal(PeerFault.MalformedMessage, Fault(request, Tamper.Saturate).Fault);

        ProtocolException Fault(int message, Func<Message, Message> tamper)
        {
            (IChannel first, IChannel second) = InMemoryChannel.CreatePair();
            if (byFirst) first = new TamperedChannel(first, message, tamper);
            else second = new TamperedChannel(second, message, tamper);
            TwoPartyFaults faults = TwoParties.RunToFault(
                channel => Query(true, channel), channel => Query(false, channel), channels: (first, second));
            return Assert.IsType<ProtocolException>(byFirst ? faults.Second : faults.First);
        }

        void Query(bool isFirst, IChannel channel) => Serve(isFirst, channel, model, preparation =>
        {
            preparation.Next().Dispose();
            return true;
        });
    }

    private static QuantizedModel Model() => TwoServersRun.Under(OutsourcedPlan.Create(), ComparisonMethod.Transfers);

    private static T Serve<T>(bool isFirst, IChannel channel, QuantizedModel model, Func<JointPreparation, T> run)
    {
        WeightTensors share = isFirst ? ModelShares.First(model.Plan, Owner) : ModelShares.Second(model, Owner);
        using JointModel joint = new(model.Plan, share);
        using JointPreparation preparation = JointPreparation.Connect(
            new ServerParty(isFirst, channel), joint, Prg.Derive([], isFirst ? "first server" : "second server"));
        return run(preparation);
    }

    private sealed record Taken(Dictionary<int, uint[]> Masks, Dictionary<int, uint[]> Products);
}
