"""The 6-convolution net in PyTorch: a line "frozen repetitions" comes in, a line of seconds per step goes out."""
import json, sys, time
import torch
import torch.nn.functional as F

torch.set_num_threads(int(sys.argv[1]))
torch.manual_seed(0)
widths = [3, 32, 32, 64, 64, 128, 128]


class Net(torch.nn.Module):
    def __init__(self, frozen):
        super().__init__()
        pairs = list(zip(widths, widths[1:]))
        self.convs = torch.nn.ModuleList([torch.nn.Conv2d(a, b, 3, padding=1, bias=False) for a, b in pairs])
        self.norms = torch.nn.ModuleList([torch.nn.BatchNorm2d(b, eps=1e-3) for _, b in pairs])
        self.head = torch.nn.Linear(widths[-1], 10)
        for i in range(frozen):
            self.convs[i].requires_grad_(False)
            self.norms[i].requires_grad_(False).eval()

    def forward(self, x):
        for i, (conv, norm) in enumerate(zip(self.convs, self.norms)):
            x = F.relu(norm(conv(x)), inplace=True)
            if i % 2 == 1:
                x = F.max_pool2d(x, 2)
        return self.head(x.mean((2, 3)))


images = torch.rand(32, 3, 32, 32)
labels = torch.arange(32) % 10
nets = {}
for line in sys.stdin:
    frozen, repetitions = map(int, line.split())
    if frozen not in nets:
        net = Net(frozen)
        parameters = [p for p in net.parameters() if p.requires_grad]
        nets[frozen] = net, torch.optim.SGD(parameters, lr=0.01, momentum=0.9)
    net, optimiser = nets[frozen]
    seconds = []
    for _ in range(repetitions):
        start = time.perf_counter()
        optimiser.zero_grad()
        loss = F.cross_entropy(net(images), labels)
        loss.backward()
        optimiser.step()
        loss.item()
        seconds.append(time.perf_counter() - start)
    print(json.dumps(seconds), flush=True)
