using Blindsight.Enclave;
using Blindsight.Enclave.Queries;

namespace Blindsight.Unit.Enclave;

public sealed class QueryOrderTests
{
    /// <summary>Two refreshes of 3 and 2 ciphertexts, then outputs of 1.</summary>
    private static QueryOrder Fresh() => new([3, 2, 1]);

    [Fact]
    public void The_agreed_order_goes_through()
    {
        QueryOrder order = Fresh();
        order.Begin();
        order.Advance(0, 3);
        order.Advance(1, 2);
        Assert.False(order.IsDone);
        order.Advance(order.Outputs, 1);
        Assert.True(order.IsDone);
    }

    /// <summary>Calls: b is the beginning, sN,C a step N with C ciphertexts; the last is refused.</summary>
    [Theory]
    [InlineData(RoomFault.StepReplayed, "b", "b")]
    [InlineData(RoomFault.StepOutOfOrder, "s0,3")]
    [InlineData(RoomFault.StepOutOfOrder, "s2,1")]
    [InlineData(RoomFault.StepOutOfOrder, "b", "s1,2")]
    [InlineData(RoomFault.StepOutOfOrder, "b", "s2,1")]
    [InlineData(RoomFault.StepOutOfOrder, "b", "s3,1")]
    [InlineData(RoomFault.StepOutOfOrder, "b", "s-1,1")]
    [InlineData(RoomFault.StepReplayed, "b", "s0,3", "s0,3")]
    [InlineData(RoomFault.StepReplayed, "b", "s0,3", "s1,2", "s0,3")]
    [InlineData(RoomFault.StepReplayed, "b", "s0,3", "s1,2", "s2,1", "s2,1")]
    [InlineData(RoomFault.StepReplayed, "b", "s0,3", "b")]
    [InlineData(RoomFault.WrongCount, "b", "s0,4")]
    [InlineData(RoomFault.WrongCount, "b", "s0,2")]
    [InlineData(RoomFault.WrongCount, "b", "s0,0")]
    [InlineData(RoomFault.WrongCount, "b", "s0,3", "s1,3")]
    public void Every_other_order_is_refused_by_name_and_changes_nothing(RoomFault fault, params string[] calls)
    {
        QueryOrder order = Fresh();
        foreach (string call in calls[..^1]) Do(order, call);
        Assert.Equal(fault, Assert.Throws<RoomException>(() => Do(order, calls[^1])).Fault);
        foreach (string call in (string[])["b", "s0,3", "s1,2", "s2,1"])
            if (!calls[..^1].Contains(call)) Do(order, call);
        Assert.True(order.IsDone);
    }

    private static void Do(QueryOrder order, string call)
    {
        if (call == "b") order.Begin();
        else order.Advance(int.Parse(call[1..].Split(',')[0]), int.Parse(call.Split(',')[1]));
    }
}
