"""A tone of 440 Hz as Opus packets of 60 ms, 6 kbit/s, as a browser made them: its beginning, and what goes on."""

PACKETS = (
    (
        "GOEVl7jwiBu1thIWrCaepJx1aWMTSvqr7C42L2ufIG0wSiiTcQig2aclB+f85E0luA==",
        "GOpQ8ubK5bAH5L4iPcuk24aJKEBnML2MXRCKbZlFiFMAsqb0JVJANCzsTaWxhVzwSA==",
        "GOpggr/7kBuFmgJkwLq5Tht/sj+xxzsruMrwLb+KLiWhaFfa2Dthjjxxdg==",
        "GOpggr/7kBtotqHGayJ4tYUl0jgjF5d8SNl82WfJi2aPBTEt0vhtvgsEgnA=",
        "GOpggr/7kBuFmeP3L7NjAaxt91kwrc7DAC8vRczkpvCk8iMs8ChojsxhLKwq2tULQA==",
        "GOpggr/7kBuFmieHDoG785QLtq7Pl8I0gMuJ3FOzmXwAbywrwELfi7lQcOwRtediwA==",
        "GOpdSMBYL3o64vCmPcQGu4PLEmWtQmuyHWJJDr+iOVtLZlCL9U7e+odr4A==",
        "GOpdSMBYL3E+iMjrMD3msiJvCtNRza+5F2hkRwBkc8Ieb3HyRZkZ3LaAt68R2fhuxK1A",
        "GOrXe+uKmuvE1QWe36xegMK7ZrUOE7RcNDtRwQNbCZqhBMsIWl2Zdc7EhTlQPWagze8NCKsvO5ozLfY=",
        "GOrQnfLBNOLcTE19lTlNfke2L0tvey7PlmqgIefcsMlb39brd230vLmNwlzA",
    ),
    (
        "GOrQnfOOFymQYGmzOs0GlUKHzRQuhyM9fEJNywWU2hVII2SA",
        "GOrQnfOOFymQWEb0lHBkQ3ii6V/Tv9vSnVMfub/y5KiGjCU=",
        "GOrQnfN/9gE92Hx+Puiw0+ep87uhtHUT1uQEHculhOuGUFb3jA==",
        "GOrNMkJ4G/WMy5atet1gP6TBYziLIETTr4rneluHSFtFwA==",
        "GA9zaoOG1IjRrUqWZ2BuqRQv7TmLRyTYen8l31UxL94eiPA=",
        "GA9zaoOGmOXhigP01F9CPuBk6oDXwG+Pmsh1us/c4+HUJw==",
        "GA9zaoOG1BPtVIL/dkkNX6shDpwI7MHUvPbVNWC3f1A=",
        "GA9evL7g2kKZiLDqJj9anRj94ZOYuwOQk6xlFsPhHrWms1Q=",
        "GA9d2oOGnzVFY3kyZQ7cps25bvc+dyHZ1MP9miuzj6a3oyg=",
        "GA9sTHVg8C3ZxAScdf11Et+Nit0Jg4RzInE6cwU/NlBJWA==",
        "GA9d2oOGnRrAnEj2pykssIQhP3XL0iR9qlKl8emn2KhgNGcg",
        "GA9d2oOG1A2QAXWM8ViK+PUq5ida43+9eEcGqjex4YE=",
        "GA9evL7g2cnEolMg7DY2q+3kVhK+EtE8cnuO4F3EaF2T7GF/tA==",
        "GA9d2oOGnxYZSgOsjLufDMf3//FYJA2mNs5wvmWcyEzu+5cg",
        "GA9sTHVg8GGWnsV2EaHlFovbjl27fuO96QURhMpz3Hh6ig==",
        "GA9d2oOGnRsag7kynf26egNaECFjP69o3GuzHAFDzbS0/k9A",
    ),
)
